// Package parser turns the text of a keepalived.conf into statements that carry file, line and
// column. It knows the lexical forms of the language (comments, quoting, braces, includes,
// definitions, sequences, conditions) and no keyword.
package parser
