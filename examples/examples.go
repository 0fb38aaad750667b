// Package examples holds configurations to start from, each a directory with the files of all its
// directors. The lab runs them as they stand.
package examples

import "embed"

// Files are the configurations.
//
//go:embed */*.conf
var Files embed.FS

// Text returns one configuration, such as "dr-pair/director-30.conf".
func Text(name string) (string, error) {
	text, err := Files.ReadFile(name)
	return string(text), err
}
