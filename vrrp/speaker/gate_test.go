package speaker

import "testing"

func TestOnlyAMastersMacvlanIsOpen(t *testing.T) {
	s := withDevice()
	s.Devices[0].Six = true
	b := newBench(t, s)
	b.k.taken()
	shut := "ip rule add pref 1 from all iif vrrp.1 protocol 18 blackhole\nip -6 rule add pref 1 from all iif vrrp.1 protocol 18 blackhole"
	opened := "ip rule del pref 1 from all iif vrrp.1 protocol 18 blackhole\nip -6 rule del pref 1 from all iif vrrp.1 protocol 18 blackhole"
	b.do()
	b.expect(t, "BACKUP", shut)
	b.do()
	b.expect(t, "still BACKUP", "")
	b.do(order{kind: orderEnter, id: 1})
	b.expect(t, "entering", opened+"\nmasters [VI_1] []\nip addr add 192.0.2.100/32 scope global proto 18 dev 100")
	b.do(order{kind: orderLeave, id: 1})
	b.expect(t, "leaving", "ip addr del 192.0.2.100/32 scope global proto 18 dev 100\n"+shut+"\nmasters [] []")
	b.do(order{kind: orderFinish, done: make(chan struct{})})
	b.expect(t, "finish", opened+"\nip link del 100\nmasters [] []")
}

func TestAdoptedMastersMacvlanIsNeverShut(t *testing.T) {
	s := withDevice()
	s.Instances[0].Adopted = true
	b := newBench(t, s)
	b.k.taken()
	b.do()
	b.expect(t, "adopted", "")
}

// TestSharedMacvlanIsOpenForAnyOfItsMasters: addresses of use_vmac_addr may have one in common.
func TestSharedMacvlanIsOpenForAnyOfItsMasters(t *testing.T) {
	s := withDevice()
	second := testInstance(2, "192.0.2.101/32")
	second.VIPs[0].Interface = "vrrp.1"
	s.Instances = append(s.Instances, second)
	b := newBench(t, s)
	b.do()
	b.do(order{kind: orderEnter, id: 1}, order{kind: orderEnter, id: 2})
	b.do(order{kind: orderLeave, id: 1})
	if len(b.k.rules) != 0 {
		t.Errorf("it is shut while one is MASTER: %v", b.k.rules)
	}
	b.do(order{kind: orderLeave, id: 2})
	if len(b.k.rules) != 1 {
		t.Errorf("it is open with no MASTER: %v", b.k.rules)
	}
}

func TestMacvlanOfKeptAddressesStaysOpen(t *testing.T) {
	s := withDevice()
	s.KeepAddresses = true
	b := newBench(t, s)
	b.do(order{kind: orderEnter, id: 1})
	b.do(order{kind: orderFinish, done: make(chan struct{})})
	if len(b.k.rules) != 0 {
		t.Errorf("it is shut, and the addresses stay: %v", b.k.rules)
	}
}
