package compare

import (
	"net/netip"
	"reflect"
	"slices"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func reflectOf(c *config.Config) reflect.Value { return reflect.ValueOf(c).Elem() }

// walker collects the differences of two models.
type walker struct{ changes []Change }

func (w *walker) add(c Change) {
	c.Object = slices.Clone(c.Object)
	w.changes = append(w.changes, c)
}

// structs compares two structs of one type, field by field.
func (w *walker) structs(path []string, a, b reflect.Value) {
	if equal(a, b) {
		return // most objects: nothing of them has to be put into words
	}
	for _, f := range fields[a.Type()] {
		w.field(path, f.id, f.name, a.Field(f.index), b.Field(f.index))
	}
}

// field compares two values of one field. id is the field, name its keyword.
func (w *walker) field(path []string, id, name string, a, b reflect.Value) {
	t := a.Type()
	switch {
	case isLeaf(t) || ordered[id]:
		w.leaf(path, id, name, a, b)
	case t.Kind() == reflect.Slice:
		w.lists(path, id, name, a, b)
	case t.Kind() == reflect.Map:
		w.buffers(path, a, b)
	case t.Kind() == reflect.Pointer && name != "":
		w.lists(path, id, name, listOf(a), listOf(b))
	case t.Kind() == reflect.Pointer:
		w.structs(path, target(a), target(b))
	case name != "":
		w.structs(within(path, name), a, b)
	default:
		w.structs(path, a, b)
	}
}

// within is the path to a part of an object. It does not share memory with other paths.
func within(path []string, name string) []string { return append(path[:len(path):len(path)], name) }

// target is what a pointer points to, or the zero value.
func target(p reflect.Value) reflect.Value {
	if p.IsNil() {
		return reflect.Zero(p.Type().Elem())
	}
	return p.Elem()
}

// listOf makes a list of what a pointer points to.
func listOf(p reflect.Value) reflect.Value {
	list := reflect.MakeSlice(reflect.SliceOf(p.Type().Elem()), 0, 1)
	if !p.IsNil() {
		list = reflect.Append(list, p.Elem())
	}
	return list
}

// isLeaf tells whether a value is shown as a whole.
func isLeaf(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.Prefix](), reflect.TypeFor[*config.Script](),
		reflect.TypeFor[config.Method](), reflect.TypeFor[config.NetlinkBuffer](), reflect.TypeFor[[]byte](), reflect.TypeFor[[]int](),
		reflect.TypeFor[[]config.Option](), reflect.TypeFor[[]config.StatusRange]():
		return true
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Struct:
		return false
	}
	return true
}

// leaf compares two values that are shown as a whole.
func (w *walker) leaf(path []string, id, name string, a, b reflect.Value) {
	before, after := show(id, a), show(id, b)
	if before == after {
		return
	}
	c := Change{Kind: Changed, Object: path, Setting: name}
	if secrets[id] {
		c.Secret = true
	} else {
		c.Old, c.New = before, after
	}
	w.add(c)
}

// buffers compares the receive buffers of sockets.
func (w *walker) buffers(path []string, a, b reflect.Value) {
	before, after := a.Interface().(map[string]config.NetlinkBuffer), b.Interface().(map[string]config.NetlinkBuffer)
	for _, key := range []string{"vrrp_cmd", "vrrp_monitor", "lvs_cmd", "lvs_monitor", "process_monitor"} {
		w.leaf(path, "Global.Netlink", bufferKeyword[key], reflect.ValueOf(before[key]), reflect.ValueOf(after[key]))
	}
}

// lists compares two lists whose order means nothing.
func (w *walker) lists(path []string, id, name string, a, b reflect.Value) {
	pairs, added := match(id, a, b)
	for i := range a.Len() {
		switch j, ok := pairs[i]; {
		case !ok:
			w.add(Change{Kind: Removed, Object: within(path, label(id, name, a.Index(i)))})
		case a.Type().Elem().Kind() == reflect.Struct:
			w.structs(within(path, label(id, name, a.Index(i))), a.Index(i), b.Index(j))
		}
	}
	for _, j := range added {
		w.add(Change{Kind: Added, Object: within(path, label(id, name, b.Index(j)))})
	}
}

// match pairs the elements of two lists that have the same key. Of several with one key those that
// are equal go together, and the others in their order.
func match(id string, a, b reflect.Value) (pairs map[int]int, added []int) {
	keys := make([]string, a.Len())
	count := make(map[string]int, a.Len())
	for i := range keys {
		keys[i] = key(id, a.Index(i))
		count[keys[i]]++
	}
	free := make(map[string][]int, b.Len())
	for j := range b.Len() {
		k := key(id, b.Index(j))
		free[k] = append(free[k], j)
	}
	pairs = make(map[int]int, a.Len())
	take := func(i int, fits func(j int) bool) {
		of := free[keys[i]]
		if n := slices.IndexFunc(of, fits); n >= 0 {
			pairs[i] = of[n]
			free[keys[i]] = slices.Delete(of, n, n+1)
		}
	}
	for i := range keys {
		alone := count[keys[i]] == 1 && len(free[keys[i]]) == 1
		take(i, func(j int) bool { return alone || same(a.Index(i), b.Index(j)) })
	}
	for i := range keys {
		if _, ok := pairs[i]; !ok {
			take(i, func(int) bool { return true })
		}
	}
	for _, of := range free {
		added = append(added, of...)
	}
	slices.Sort(added)
	return pairs, added
}

// same tells whether two elements have no difference.
func same(a, b reflect.Value) bool {
	if a.Kind() != reflect.Struct {
		return true // the key is all of it
	}
	var w walker
	w.structs(nil, a, b)
	return len(w.changes) == 0
}

// Equal tells whether two models are equal in everything but places: order and spelling count.
func Equal(a, b *config.Config) bool { return equal(reflectOf(a), reflectOf(b)) }

func equal(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Pointer:
		return a.IsNil() == b.IsNil() && (a.IsNil() || equal(a.Elem(), b.Elem()))
	case reflect.Slice:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equal(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		return reflect.DeepEqual(a.Interface(), b.Interface())
	case reflect.Struct:
		if a.Type() == reflect.TypeFor[parser.Pos]() {
			return true
		}
		if a.Type().PkgPath() == "net/netip" {
			return a.Interface() == b.Interface()
		}
		for i := range a.NumField() {
			if !equal(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.String:
		return a.String() == b.String()
	}
	return a.Equal(b)
}
