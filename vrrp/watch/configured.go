package watch

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// configured compares with this host's configuration: what would the daemon say?
func (j *judge) configured(a *Analyser) {
	ad := j.advert
	in := a.expected(ad)
	if in == nil {
		return
	}
	if in.VMAC && ad.From != (MAC{}) {
		if _, _, virtual := ad.From.virtual(); !virtual {
			j.wrong(ConfigMAC, "comes from %s; %s has use_vmac: the virtual MAC address is %s", ad.From, in.Name, virtualMAC(ad.VRID, ad.six()))
		}
	}
	v := a.router.Examine(in.ID, &ad.meta, ad.message)
	switch v.Counter {
	case vrrp.VersionError:
		if ad.Version == 2 || ad.Version == 3 {
			j.wrong(ConfigVersion, "version %d, %s has version %d: this host drops it", ad.Version, in.Name, in.Version)
		}
		return
	case vrrp.TTLError:
		if !ad.Destination.IsMulticast() {
			j.wrong(ConfigTTL, "TTL %d is not what unicast_peer of %s allows: this host drops it", ad.TTL, in.Name)
		}
	case vrrp.SourceError:
		j.path(in)
	case vrrp.LengthError:
		if ad.Signed && in.HMAC == nil {
			j.wrong(ConfigAuth, "it is signed, %s has no auth_hmac: this host drops it", in.Name)
		}
	default:
		if text := authTexts[v.Counter]; text != "" {
			j.wrong(ConfigAuth, "%s: %s: this host drops it", in.Name, text)
		}
	}
	if ad.extra == 0 && !sameAddresses(in.Addresses, ad.Addresses) {
		j.wrong(ConfigAddresses, "%s: %s", in.Name, different(in.Addresses, ad.Addresses, "configured but not sent", "sent but not configured"))
	}
	if own := interval(in); ad.Interval != own && ad.Interval != 0 {
		does := "follows it"
		if in.Version == 2 {
			does = "drops it"
		}
		j.wrong(ConfigInterval, "interval %s, %s has %s: this host %s", ad.Interval, in.Name, own, does)
	}
}

// authTexts say what the daemon counts.
var authTexts = map[vrrp.Counter]string{
	vrrp.AuthTypeMismatch:  "another auth_type is configured",
	vrrp.AuthFailure:       "the password is not the configured one",
	vrrp.AuthExtMissing:    "it is not signed, and auth_hmac demands it",
	vrrp.AuthExtMalformed:  "its signature is malformed",
	vrrp.AuthExtUnknownKey: "it is signed with a key that auth_hmac does not have",
	vrrp.AuthExtInvalid:    "its signature is wrong",
	vrrp.AuthExtStale:      "its stamp is outside of time_window: are the clocks set?",
	vrrp.AuthExtReplay:     "its stamp is that of an earlier one: it was played again, or captured twice",
}

// path tells which way the packet should have come. What this host has sent itself it does not hear.
func (j *judge) path(in *Instance) {
	ad := j.advert
	switch multicast := ad.Destination.IsMulticast(); {
	case in.Unicast && multicast:
		j.wrong(ConfigPath, "sent by multicast, %s has unicast_peer: this host drops it", in.Name)
	case !in.Unicast && !multicast:
		j.wrong(ConfigPath, "sent to %s, %s has no unicast_peer: this host drops it", ad.Destination, in.Name)
	case !ad.Outgoing && !slices.ContainsFunc(in.Peers, func(p vrrp.Peer) bool { return p.Addr == ad.Destination }):
		j.wrong(ConfigPath, "%s is no unicast_peer of %s: this host drops it", ad.Source, in.Name)
	}
}

// interval is the configured one as it is on the wire.
func interval(in *Instance) time.Duration {
	if in.Version == 2 {
		return in.AdvertInt.Truncate(time.Second)
	}
	return min(in.AdvertInt.Truncate(10*time.Millisecond), packet.MaxInterval)
}

// different tells how a list of addresses differs from another, in the words for what is missing and for
// what is too much.
func different(want, have []netip.Addr, less, more string) string {
	minus := func(a, b []netip.Addr) string {
		var out []string
		for _, x := range a {
			if !slices.Contains(b, x) {
				out = append(out, x.String())
			}
		}
		if len(out) > 4 {
			out = append(out[:4], fmt.Sprintf("and %d more", len(out)-4))
		}
		return strings.Join(out, ", ")
	}
	var parts []string
	if missing := minus(want, have); missing != "" {
		parts = append(parts, less+": "+missing)
	}
	if extra := minus(have, want); extra != "" {
		parts = append(parts, more+": "+extra)
	}
	if parts == nil {
		return fmt.Sprintf("some are sent several times: %d in place of %d", len(have), len(want))
	}
	return strings.Join(parts, "; ")
}
