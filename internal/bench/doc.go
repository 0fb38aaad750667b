// Package bench measures the daemon side by side with keepalived, in one run and on one machine,
// and reports ratios: machines differ and are noisy, ratios hold. VRRP and parsing are measured in
// network namespaces on the host's kernel, what needs IPVS in the lab.
package bench
