// Package checkers decides when a real server is checked next and what the outcome means for its
// health, as keepalived does. It knows no clock and runs nothing: its caller runs a Checker and
// tells a State what came of it. The checkers themselves are in the packages below it.
package checkers
