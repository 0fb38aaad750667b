// Package track is the pure core of tracking: scripts, files, processes and whatever else decides
// over the priority of virtual routers. Results and the time go in; what has to be run, what
// changed, and what it amounts to for each instance come out.
//
// A Core owns all tracked objects of a configuration. It has no clock, file, process, lock or log.
// Its caller runs the scripts, reads the files and counts the processes, and tells the results by
// Step; after every call Next tells when the following one is due at the latest. One caller at a
// time.
//
// What an object amounts to, measured on keepalived 2.2.7:
//
//   - script, process, BFD: a weight above 0 is added while it is up, one below 0 while it is down;
//     without a weight an object that is down is a fault. "reverse" turns the sign of the weight
//     round, and without one makes an object that is up the fault.
//   - file: its number times the weight, at most 253; -254 or less is a fault. Without a weight any
//     number but 0 is one; with reverse, 0 is.
//   - An object without a result amounts to nothing; without a weight the instance is pending.
package track
