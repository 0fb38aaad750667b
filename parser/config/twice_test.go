package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

// TestRandomMatchesTheCLibrary has the first numbers of random(3) of glibc 2.36.
func TestRandomMatchesTheCLibrary(t *testing.T) {
	for seed, want := range map[uint32][]uint32{
		5:          {590011675, 99788765, 2131925610, 171864072, 317159276},
		0:          {1804289383, 846930886, 1681692777},
		4294967295: {254925627, 1205188300, 366127624},
		2147483648: {1336741213, 1210407648, 1447044896},
	} {
		g := newGenerator(seed)
		var got []uint32
		for range want {
			got = append(got, g.number())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d:\n%s", seed, diff)
		}
	}
}

func TestRandomSeedMakesEveryReadingTheSame(t *testing.T) {
	next := int64(0)
	opts := parser.Options{Random: func(low, high int64) int64 { next++; return low + next%(high-low+1) }}
	priority := func(text string) int {
		r := LoadText("f", text, opts, &fakeHost{interfaces: map[string]Interface{"eth0": {Index: 2}}})
		if len(r.Config.Instances) != 1 {
			t.Fatalf("%v", r.Problems)
		}
		return int(r.Config.Instances[0].Priority)
	}
	const instance = "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\npriority ${_RANDOM 1 250}\nvirtual_ipaddress {\n192.0.2.1\n}\n}\n"
	const seed = "global_defs {\nrandom_seed 5\n}\n"
	if first, second := priority(instance), priority(instance); first == second {
		t.Error("without a seed two readings are the same")
	}
	want := 1 + 590011675%250
	for name, text := range map[string]string{"before": seed + instance, "behind": instance + seed} {
		if got := priority(text); got != want {
			t.Errorf("random_seed %s the instance: priority %d, want %d", name, got, want)
		}
	}
}

// namesHost knows a table only in its directory.
type namesHost struct {
	*fakeHost
	etc, usr string
}

func (h *namesHost) NamesIn(etc, usr string) { h.etc, h.usr = etc, usr }

func (h *namesHost) NameID(table, name string) (uint32, bool) {
	return 77, h.etc == "/site/etc" && h.usr == "/site/usr" && table == "table" && name == "mine"
}

func TestNamesComeFromTheDirectoriesOfTheFile(t *testing.T) {
	const routes = "static_routes {\n10.0.0.0/8 dev eth0 table mine\n}\n"
	const dirs = "global_defs {\niproute_etc_dir /site/etc\niproute_usr_dir /site/usr\n}\n"
	for text, want := range map[string]bool{routes: false, dirs + routes: true, routes + dirs: true} {
		host := &namesHost{fakeHost: &fakeHost{interfaces: map[string]Interface{"eth0": {Index: 2}}}}
		r := LoadText("f", text, parser.Options{}, host)
		if got := len(r.Config.StaticRoutes) == 1 && len(r.Problems) == 0; got != want {
			t.Errorf("%q: the name is known: %v, want %v; %v", text, got, want, r.Problems)
		}
	}
}
