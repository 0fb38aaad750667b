package ipvs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	cloudflare "github.com/cloudflare/ipvs"
	"github.com/mdlayher/genetlink"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
)

// Options are the choices at Open.
type Options struct {
	// NetNS is the network namespace, a name of ip-netns(8) or a path; empty: our own.
	NetNS string
	// Buffer is the receive buffer for the answers to requests in octets. One that is smaller than
	// bufferSize counts as that: the answers of a whole batch have to fit. ForceBuffer passes
	// net.core.rmem_max.
	Buffer      int
	ForceBuffer bool
	// Trace, where set, is told of every operation that Apply has executed, and its result.
	Trace func(op lvs.Operation, err error)
	// NoModprobe leaves a missing module missing.
	NoModprobe bool
}

// Kernel is the table of a kernel. It implements lvs.Kernel.
type Kernel struct {
	writing sync.Mutex // guards socket and out
	socket  *socket
	out     messages
	writes  atomic.Uint64
	trace   func(lvs.Operation, error)

	reading sync.Mutex // guards client and dumps
	client  cloudflare.Client
	dumps   *socket
	request messages

	netns      string
	noModprobe bool
	prepared   sync.Map // names of modules that Prepare has seen
	renewed    atomic.Bool
}

var _ lvs.Kernel = (*Kernel)(nil)

// Open connects to the IPVS of a kernel, loading its module if need be. Errors: ErrNotLoaded,
// ErrPermission, and those of a namespace that cannot be entered.
func Open(o Options) (*Kernel, error) {
	k := &Kernel{trace: o.Trace, netns: o.NetNS, noModprobe: o.NoModprobe}
	if err := inNamespace(o.NetNS, func() error { return k.open(&o) }); err != nil {
		k.Close()
		return nil, fmt.Errorf("open ipvs: %w", err)
	}
	return k, nil
}

func (k *Kernel) open(o *Options) error {
	family, err := findFamily(o.NoModprobe)
	if err != nil {
		return err
	}
	k.out.family, k.request.family = family, family
	if k.client, err = cloudflare.New(); err != nil {
		return err
	}
	if k.socket, err = openSocket(); err != nil {
		return err
	}
	k.socket.enlarge(o.Buffer, o.ForceBuffer)
	if k.dumps, err = openSocket(); err != nil {
		return err
	}
	if _, err = k.client.Info(); errors.Is(err, unix.EPERM) {
		return fmt.Errorf("%w: %w", ErrPermission, err)
	}
	return err
}

// findFamily returns the number of the netlink family, which is there when the module is.
func findFamily(noModprobe bool) (uint16, error) {
	c, err := genetlink.Dial(nil)
	if err != nil {
		return 0, fmt.Errorf("open netlink socket: %w", err)
	}
	defer c.Close()
	family, err := c.GetFamily(familyName)
	if errors.Is(err, os.ErrNotExist) {
		if noModprobe {
			return 0, ErrNotLoaded
		}
		if loadErr := loadModule("ip_vs"); loadErr != nil {
			return 0, fmt.Errorf("%w (%w)", ErrNotLoaded, loadErr)
		}
		family, err = c.GetFamily(familyName)
	}
	if errors.Is(err, os.ErrNotExist) {
		return 0, ErrNotLoaded
	}
	return family.ID, err
}

// reopen finds IPVS again after its module was unloaded, and loads it if need be: the netlink family
// has another number then. The caller holds reading.
func (k *Kernel) reopen() error {
	return inNamespace(k.netns, func() error {
		family, err := findFamily(k.noModprobe)
		if err != nil {
			return err
		}
		client, err := cloudflare.New()
		if err != nil {
			return err
		}
		if c, ok := k.client.(io.Closer); ok {
			_ = c.Close()
		}
		k.client, k.request.family = client, family
		k.writing.Lock()
		k.out.family = family
		k.writing.Unlock()
		k.prepared.Clear()
		k.renewed.Store(true)
		return nil
	})
}

// Renewed tells, once, that IPVS was unloaded and has been found again since: it has nothing of what it
// was told before, timeouts and sync daemons included.
func (k *Kernel) Renewed() bool { return k.renewed.Swap(false) }

// Writes is how many operations were sent to the kernel since Open.
func (k *Kernel) Writes() uint64 { return k.writes.Load() }

// Close closes the sockets. The table stays as it is.
func (k *Kernel) Close() error {
	k.writing.Lock()
	defer k.writing.Unlock()
	k.reading.Lock()
	defer k.reading.Unlock()
	var errs []error
	if c, ok := k.client.(io.Closer); ok {
		errs = append(errs, c.Close())
	}
	for _, s := range []*socket{k.socket, k.dumps} {
		if s != nil {
			errs = append(errs, s.close())
		}
	}
	return errors.Join(errs...)
}
