// Package expand writes a configuration as one file of plain statements: includes are put in, with
// a comment that says where each piece stands, definitions, sequences and conditions are resolved.
// Read again, by any host, the result gives the statements that the original gives on this one.
package expand
