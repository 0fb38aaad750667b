// Package notify decides which notify scripts a transition of VRRP calls for, with keepalived's
// arguments and order, and runs them beside one another, each instance's in order.
package notify
