// Package swap puts Holdfast in the place of a running keepalived, and keepalived back in its place:
// under systemd by the units, elsewhere by the programs themselves. What makes it cost nothing is done
// by the daemons: `holdfast --take-over` goes on where keepalived is ended, and a Holdfast that is
// stopped serves on until its successor is heard.
package swap
