package compare_test

import (
	"net/netip"
	"reflect"
)

// change sets a value to something that is not its zero value.
func change(v reflect.Value) bool {
	switch x := v.Addr().Interface().(type) {
	case *netip.Addr:
		*x = netip.MustParseAddr("192.0.2.99")
		return true
	case *netip.Prefix:
		*x = netip.MustParsePrefix("192.0.2.0/24")
		return true
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Int8, reflect.Int16, reflect.Int32:
		v.SetInt(7)
	case reflect.Uint8:
		v.SetUint(2) // within every enumeration but State
		if v.Type().Name() == "State" {
			v.SetUint(1)
		}
	case reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		v.SetUint(7)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return changeAny(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return v.Type().Elem().Kind() == reflect.Struct && v.Type().Elem().Name() != "Option" || change(v.Index(0))
	case reflect.Array:
		return change(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		elem := reflect.New(v.Type().Elem()).Elem()
		changeAny(elem)
		v.SetMapIndex(reflect.ValueOf("vrrp_cmd"), elem)
	case reflect.Struct:
		return changeAny(v)
	default:
		return false
	}
	return true
}

// changeAny sets all fields of a struct.
func changeAny(v reflect.Value) bool {
	any := false
	for i := range v.NumField() {
		any = v.Type().Field(i).Name != "Pos" && change(v.Field(i)) || any
	}
	return any
}
