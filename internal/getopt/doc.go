// Package getopt reads a command line by the rules of GNU getopt_long: bundled short options,
// values attached or in the next word, optional values that must be attached, long options with
// unique abbreviations, options after positional words, and -- as the end of the options.
//
// It keeps the order of the options, finds every mistake of a command line rather than the first,
// prints nothing and ends nothing: what a mistake means is the caller's matter.
package getopt
