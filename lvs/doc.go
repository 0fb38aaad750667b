// Package lvs is the pure core of the director: which IPVS services and destinations are wanted,
// given the configuration, the results of the checks and which instances are MASTER, and which
// operations turn the table the kernel has into the wanted one.
package lvs
