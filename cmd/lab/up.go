package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// upCommand builds the network that a configuration speaks of and gives a shell in it.
type upCommand struct {
	File string `arg:"" help:"The first director's keepalived.conf."`
	Peer string `arg:"" optional:"" help:"The second one's; without it the first one's, as BACKUP and of lower priority."`
	Exec string `help:"Run this instead of an interactive shell." placeholder:"COMMAND"`
}

func (u upCommand) Run(o *options) error {
	if lab.Inside() {
		return u.inside(o)
	}
	first, err := os.ReadFile(u.File)
	if err != nil {
		return err
	}
	second := []byte(asPeer(string(first)))
	if u.Peer != "" {
		if second, err = os.ReadFile(u.Peer); err != nil {
			return err
		}
	}
	// The guest may not see the files' directory: their text travels as arguments.
	encode := base64.StdEncoding.EncodeToString
	args := []string{"up", encode(first), encode(second)}
	if u.Exec != "" {
		args = append(args, "--exec="+u.Exec)
	}
	return inside(o, u.Exec == "", args...)
}

var (
	priorityLine = regexp.MustCompile(`(?m)^(\s*priority\s+)(\d+)`)
	masterLine   = regexp.MustCompile(`(?m)^(\s*state\s+)MASTER`)
	serverLine   = regexp.MustCompile(`(?m)^\s*real_server\s+(\S+)\s+(\d+)`)
	vipBlock     = regexp.MustCompile(`(?s)virtual_ipaddress\s*\{(.*?)\}`)
	addressWord  = regexp.MustCompile(`(?m)^\s*([0-9a-fA-F.:]+)(?:/\d+)?\b`)
)

// asPeer makes the other director's file of one director's.
func asPeer(text string) string {
	text = masterLine.ReplaceAllString(text, "${1}BACKUP")
	return priorityLine.ReplaceAllStringFunc(text, func(line string) string {
		m := priorityLine.FindStringSubmatch(line)
		p, _ := strconv.Atoi(m[2])
		return m[1] + strconv.Itoa(max(1, p-50))
	})
}

// plan is what a configuration tells about the network around it.
type plan struct {
	vips    []netip.Addr
	servers map[netip.Addr][]uint16
}

func readPlan(text string) plan {
	p := plan{servers: map[netip.Addr][]uint16{}}
	for _, block := range vipBlock.FindAllStringSubmatch(text, -1) {
		for _, m := range addressWord.FindAllStringSubmatch(block[1], -1) {
			if a, err := netip.ParseAddr(m[1]); err == nil && !slices.Contains(p.vips, a) {
				p.vips = append(p.vips, a)
			}
		}
	}
	for _, m := range serverLine.FindAllStringSubmatch(text, -1) {
		a, err := netip.ParseAddr(m[1])
		port, _ := strconv.ParseUint(m[2], 10, 16)
		if err == nil && !slices.Contains(p.servers[a], uint16(port)) {
			p.servers[a] = append(p.servers[a], uint16(port))
		}
	}
	return p
}

// neighbour is an address near the first VIP that nothing else has.
func (p plan) neighbour(n int) (string, error) {
	if len(p.vips) == 0 {
		return "", fmt.Errorf("plan the network: the file has no virtual_ipaddress")
	}
	base := p.vips[0].AsSlice()
	base[len(base)-1] = byte(n)
	a, _ := netip.AddrFromSlice(base)
	bits := 24
	if a.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(a, bits).String(), nil
}

// inside builds the network and stays until the shell ends.
func (u upCommand) inside(o *options) error {
	var texts [2]string
	for i, arg := range []string{u.File, u.Peer} {
		text, err := base64.StdEncoding.DecodeString(arg)
		if err != nil {
			return err
		}
		texts[i] = string(text)
	}
	p, err := o.program()
	if err != nil {
		return err
	}
	n, err := lab.New()
	if err != nil {
		return err
	}
	defer n.Close()
	lan, err := n.Switch("lan")
	if err != nil {
		return err
	}
	plan := readPlan(texts[0])
	for i, name := range []string{"d1", "d2", "client"} {
		own, err := plan.neighbour(251 + i)
		if err != nil {
			return err
		}
		h, err := n.Host(name)
		if err != nil {
			return err
		}
		if err := h.Link(lan, "eth0", own); err != nil {
			return err
		}
		fmt.Printf("%-8s %s\n", name, own)
		if name == "client" {
			continue
		}
		if err := h.Direct(p).Start(texts[i]); err != nil {
			return err
		}
	}
	if err := plan.build(n, lan); err != nil {
		return err
	}
	return u.shell()
}

// build makes the real servers, with the virtual addresses on lo.
func (p plan) build(n *lab.Network, lan *lab.Switch) error {
	number := 0
	for a, ports := range p.servers {
		number++
		h, err := n.Host(fmt.Sprintf("r%d", number))
		if err != nil {
			return err
		}
		bits := 24
		if a.Is6() {
			bits = 64
		}
		if err := h.Link(lan, "eth0", netip.PrefixFrom(a, bits).String()); err != nil {
			return err
		}
		_ = h.Sysctl("net.ipv4.conf.all.arp_ignore", "1")
		_ = h.Sysctl("net.ipv4.conf.all.arp_announce", "2")
		for _, v := range p.vips {
			if err := h.Address("lo", netip.PrefixFrom(v, v.BitLen()).String()); err != nil {
				return err
			}
		}
		for _, port := range ports {
			if _, err := h.Serve(port, p.vips...); err != nil {
				return err
			}
		}
		fmt.Printf("%-8s %v, serves %v\n", h.Name, a, ports)
	}
	return nil
}

// rc gives the shell words for what one does in a lab.
var rc = strings.Join([]string{
	`on() { local h=$1; shift; ip netns exec "$h" "$@"; }`,
	`cut_off() { ip -n switches link set dev "$1" down; }`,
	`plug_in() { ip -n switches link set dev "$1" up; }`,
	`show() { for d in d1 d2; do echo "== $d"; on $d ip -br address show dev eth0; on $d ipvsadm -Ln; done; }`,
	`PS1='lab# '`,
	`echo; echo 'on HOST COMMAND, cut_off HOST, plug_in HOST, show; exit ends the lab'`,
}, "\n") + "\n"

func (u upCommand) shell() error {
	const file = "/run/lab.rc"
	if err := os.WriteFile(file, []byte(rc), 0o644); err != nil {
		return err
	}
	args := []string{"--rcfile", file, "-i"}
	if u.Exec != "" {
		args = []string{"-c", ". " + file + "\n" + u.Exec}
	}
	shell := exec.Command("bash", args...)
	shell.Stdin, shell.Stdout, shell.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := shell.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		// The last command's status is the shell's own affair.
		return nil
	}
	return err
}
