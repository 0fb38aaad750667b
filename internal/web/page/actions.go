package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

// actionLimit is longer than any action: a handover waits for a router whose interval may be 255 s.
const actionLimit = 10 * time.Minute

// maxAside is how long an instance may be told to stand aside.
const maxAside = 7 * 24 * time.Hour

// Action is the body of a POST to /page/do.
type Action struct {
	// Do is one of the words below.
	Do string `json:"do"`
	// Name is the instance or sync group of a handover; Seconds is how long it stands aside afterwards, 0
	// for until that is undone.
	Name    string `json:"name,omitempty"`
	Seconds int64  `json:"seconds,omitempty"`
	// VirtualServer and RealServer are those of the other actions, Weight that of "weight".
	VirtualServer string  `json:"virtual_server,omitempty"`
	RealServer    string  `json:"real_server,omitempty"`
	Weight        *uint32 `json:"weight,omitempty"`
}

// Words for Action.Do.
const (
	doNothing      = "nothing" // only the token is looked at
	doDrain        = "drain"
	doUndrain      = "undrain"
	doWeight       = "weight"
	doClearWeight  = "clear_weight"
	doHandover     = "handover"
	doUndoHandover = "undo_handover"
)

var orders = map[string]director.OrderKind{
	doDrain: director.Drain, doUndrain: director.Undrain, doWeight: director.SetWeight, doClearWeight: director.ClearWeight,
}

// request is what the daemon is asked for.
func (a *Action) request() (control.Request, error) {
	switch kind, is := orders[a.Do]; {
	case a.Do == doHandover || a.Do == doUndoHandover:
		if a.Name == "" {
			return control.Request{}, errors.New("the name of an instance or a sync group is missing")
		}
		if a.Seconds < 0 || a.Seconds > int64(maxAside/time.Second) {
			return control.Request{}, fmt.Errorf("seconds: 0 to %d", maxAside/time.Second)
		}
		return control.Request{Command: control.CommandHandover, Name: a.Name,
			For: time.Duration(a.Seconds) * time.Second, Undo: a.Do == doUndoHandover}, nil
	case !is:
		return control.Request{}, fmt.Errorf("unknown action %q", a.Do)
	case a.VirtualServer == "" || a.RealServer == "":
		return control.Request{}, errors.New("the virtual server or the real server is missing")
	case a.Do == doWeight && (a.Weight == nil || *a.Weight > lvs.MaxOverride):
		return control.Request{}, fmt.Errorf("weight: 0 to %d", lvs.MaxOverride)
	default:
		order := &director.Order{Kind: kind, VirtualServer: a.VirtualServer, RealServer: a.RealServer}
		if a.Do == doWeight {
			order.Weight = *a.Weight
		}
		return control.Request{Command: control.CommandOrder, Order: order}, nil
	}
}

// serveAction does what a body asks for. Who has no token does not get here.
func (d *Daemon) serveAction(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "the body has to be application/json", http.StatusUnsupportedMediaType)
		return
	}
	var a Action
	in := json.NewDecoder(r.Body)
	in.DisallowUnknownFields()
	if err := in.Decode(&a); err != nil {
		http.Error(w, "the action is not understood: "+err.Error(), http.StatusBadRequest)
		return
	}
	if a.Do == doNothing {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	request, err := a.request()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(actionLimit))
	if reply := d.Do(request); reply.Error != "" {
		http.Error(w, reply.Error, http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
