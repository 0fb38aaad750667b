// Package foreign turns the configuration of other tools for IPVS into a keepalived.conf: the rules that
// ipvsadm-save prints, lvs_dr.conf of the LVS HOWTO's configure script, and ldirectord.cf. Text comes in,
// text and warnings come out; names of hosts and services are asked for through functions. What has no
// counterpart is a warning with its line, never left out in silence.
package foreign
