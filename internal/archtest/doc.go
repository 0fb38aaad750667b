// Package archtest holds the rules of the repository as tests: who may import what, and what every
// package must have. Each rule prints its reason when it is broken.
package archtest
