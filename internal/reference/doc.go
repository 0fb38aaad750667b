// Package reference finds the material that tests compare with: real configurations and what
// keepalived makes of them. It is third-party data, so it is read where it lies and no part of the
// repository.
package reference
