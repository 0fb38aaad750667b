package firewall

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// ErrNoTables is returned where the kernel has no nftables for the family.
var ErrNoTables = errors.New("the kernel has no nftables")

// Options say how the tables look (keepalived's nftables keywords).
type Options struct {
	// Table is the name of both tables.
	Table    string
	Priority int32
	// Counters count what is dropped. ByIndex tells interfaces by number instead of by name.
	Counters, ByIndex bool
}

// Address is an address on a link; the link counts for link-local ones only.
type Address struct {
	Addr  netip.Addr
	Link  string
	Index int
}

// Firewall holds the addresses that are shut.
type Firewall struct {
	options  Options
	families [2]family // IPv4, IPv6
	// steered are the macvlans of the tables that steer; steers: those are known.
	steered []Steered
	steers  bool
}

// family is one table.
type family struct {
	table         *nftables.Table
	vips, linkers *nftables.Set
	held          []Address
}

// New makes a Firewall that has shut nothing yet.
func New() *Firewall { return &Firewall{} }

// Start takes over options. Tables of that name that an earlier process left are removed: in the same
// transaction in which all is put anew where addresses are to be shut, so that none is open between.
func (f *Firewall) Start(o Options, shut []Address) error {
	f.options = o
	c, err := without(o.Table)
	if err != nil {
		return err
	}
	return f.change(c, shut, nil)
}

// without begins a transaction that removes the tables of a name, those of both families.
func without(name string) (*nftables.Conn, error) {
	c, err := nftables.New()
	if err != nil {
		return nil, fmt.Errorf("open nftables: %w", err)
	}
	tables, err := c.ListTables()
	if err != nil {
		return nil, told("list tables", err)
	}
	for _, t := range tables {
		if t.Name == name && (t.Family == nftables.TableFamilyIPv4 || t.Family == nftables.TableFamilyIPv6) {
			c.DelTable(t)
		}
	}
	return c, nil
}

// Change shuts and opens addresses.
func (f *Firewall) Change(shut, open []Address) error {
	c, err := nftables.New()
	if err != nil {
		return fmt.Errorf("open nftables: %w", err)
	}
	return f.change(c, shut, open)
}

func (f *Firewall) change(c *nftables.Conn, shut, open []Address) error {
	before := f.families
	for i := range f.families {
		fam := &f.families[i]
		six := i == 1
		mine := func(list []Address) []Address {
			return slices.DeleteFunc(slices.Clone(list), func(a Address) bool { return a.Addr.Is6() != six })
		}
		if err := f.changeFamily(c, fam, six, mine(shut), mine(open)); err != nil {
			f.families = before
			return err
		}
	}
	if err := c.Flush(); err != nil {
		f.families = before
		return told("change tables", err)
	}
	return nil
}

func (f *Firewall) changeFamily(c *nftables.Conn, fam *family, six bool, shut, open []Address) error {
	held := slices.DeleteFunc(slices.Clone(fam.held), func(a Address) bool { return slices.Contains(open, a) })
	held = append(held, shut...)
	switch {
	case len(shut)+len(open) == 0:
		return nil
	case len(held) == 0:
		if fam.table != nil {
			c.DelTable(fam.table)
		}
		*fam = family{}
		return nil
	case fam.table == nil:
		if err := f.make(c, fam, six); err != nil {
			return fmt.Errorf("make table: %w", err)
		}
	}
	fam.held = held
	for _, part := range []struct {
		list []Address
		do   func(*nftables.Set, []nftables.SetElement) error
	}{{open, c.SetDeleteElements}, {shut, c.SetAddElements}} {
		plain, linked := f.elements(part.list)
		for set, elements := range map[*nftables.Set][]nftables.SetElement{fam.vips: plain, fam.linkers: linked} {
			if len(elements) == 0 {
				continue
			}
			if err := part.do(set, elements); err != nil {
				return fmt.Errorf("change set: %w", err)
			}
		}
	}
	return nil
}

// elements are the keys of addresses in the two sets of a table.
func (f *Firewall) elements(list []Address) (plain, linked []nftables.SetElement) {
	for _, a := range list {
		key := a.Addr.AsSlice()
		if a.Addr.Is6() && a.Addr.IsLinkLocalUnicast() {
			linked = append(linked, nftables.SetElement{Key: append(key, f.linkKey(a)...)})
		} else {
			plain = append(plain, nftables.SetElement{Key: key})
		}
	}
	return plain, linked
}

// Close removes the tables.
func (f *Firewall) Close() error {
	var all []Address
	for _, fam := range f.families {
		all = append(all, fam.held...)
	}
	if len(all) == 0 {
		return nil
	}
	return f.Change(nil, all)
}

// told names what the kernel says where it has no nftables.
func told(what string, err error) error {
	for _, missing := range []unix.Errno{unix.EOPNOTSUPP, unix.EPROTONOSUPPORT, unix.EAFNOSUPPORT, unix.EINVAL} {
		if errors.Is(err, missing) && what == "list tables" || errors.Is(err, missing) && missing != unix.EINVAL {
			return fmt.Errorf("%s: %w: %w", what, ErrNoTables, missing) // what follows from it fails too
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}
