package config

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

// Dump writes a configuration as text, one setting a line, in the order of the model. Settings
// that have the zero value are left out, and so are passwords and keys: a dump may be shown. Equal
// models give equal dumps.
func Dump(w io.Writer, c *Config) error {
	d := dumpWriter{w: bufio.NewWriter(w)}
	d.fields(reflect.ValueOf(c).Elem(), 0)
	return d.w.Flush()
}

// dumpWriter walks the model by reflection, so that no setting is ever forgotten.
type dumpWriter struct{ w *bufio.Writer }

// secrets are fields whose value is not written.
var secrets = []string{"AuthPass", "Key", "Password"}

func (d *dumpWriter) line(depth int, text string) {
	for range depth {
		d.w.WriteString("  ")
	}
	d.w.WriteString(text)
	d.w.WriteByte('\n')
}

// fields writes the fields of a struct.
func (d *dumpWriter) fields(v reflect.Value, depth int) {
	t := v.Type()
	for i := range t.NumField() {
		f, name := v.Field(i), t.Field(i).Name
		if f.IsZero() || !t.Field(i).IsExported() {
			continue
		}
		if slices.Contains(secrets, name) {
			d.line(depth, name+" (set)")
			continue
		}
		d.field(name, f, depth)
	}
}

// field writes one field, on one line where its value is plain.
func (d *dumpWriter) field(name string, v reflect.Value, depth int) {
	if text, ok := plainValue(v); ok {
		d.line(depth, name+" "+text)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		d.line(depth, name)
		d.fields(v.Elem(), depth+1)
	case reflect.Struct:
		d.line(depth, name)
		d.fields(v, depth+1)
	case reflect.Slice:
		for i := range v.Len() {
			d.field(name, v.Index(i), depth)
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int {
			if a.String() < b.String() {
				return -1
			}
			return 1
		})
		for _, k := range keys {
			d.field(name+" "+k.String(), v.MapIndex(k), depth)
		}
	}
}

// plainValue writes a value that needs one line.
func plainValue(v reflect.Value) (string, bool) {
	switch x := v.Interface().(type) {
	case time.Duration:
		return x.String(), true
	case netip.Addr:
		return x.String(), true
	case netip.Prefix:
		return x.String(), true
	case parser.Pos:
		return x.File + ":" + strconv.Itoa(int(x.Line)), true
	case fmt.Stringer:
		return x.String(), true
	case []string:
		return fmt.Sprintf("%q", x), true
	case []byte:
		return fmt.Sprintf("% x", x), true
	case []int:
		return fmt.Sprint(x), true
	case [2]int:
		return fmt.Sprint(x), true
	}
	switch v.Kind() {
	case reflect.String:
		return strconv.Quote(v.String()), true
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fmt.Sprint(v.Interface()), true
	}
	return "", false
}
