package compare

import "reflect"

// Field is a field of the model that is compared.
type Field struct {
	Type        reflect.Type
	Field, Name string
}

// Fields returns them all.
func Fields() (all []Field) {
	for t := range fields {
		for _, f := range fields[t] {
			all = append(all, Field{t, t.Field(f.index).Name, f.name})
		}
	}
	return all
}

// Structs compares two structs of the model.
func Structs(a, b reflect.Value) []Change {
	var w walker
	w.structs(nil, a, b)
	return w.changes
}

// PartNames are the names of settings that are a part of the keyword in their path: rt_priority of
// "vrrp process" is vrrp_rt_priority.
var PartNames = map[string]bool{"no_swap": true, "rt_priority": true, "cpu_affinity": true, "rlimit_rttime": true}
