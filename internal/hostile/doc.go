// Package hostile writes configurations that would exhaust whoever reads them without a limit: files
// without an end, includes that lead back, definitions that grow. Tests of every program read them.
package hostile
