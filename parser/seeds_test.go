package parser

import (
	"regexp"
	"strings"
)

var longNumber = regexp.MustCompile("[0-9a-fA-F]{4}")

// IsLarge tells whether a text may grow a great deal, within the limits, when definitions and sequences are
// put in: fuzzing would do nothing else.
func IsLarge(text string) bool {
	n := strings.Count(text, "~")
	return n > 2 || n > 0 && longNumber.MatchString(text) || strings.Count(text, "$") > 30
}

// statementSeeds hold every kind of statement and of line that the language has.
var statementSeeds = []string{
	"vrrp_instance VI_1 {\n interface eth0 # c\n virtual_ipaddress { 192.0.2.1 }\n}\n",
	"virtual_server 192.0.2.1 80 {\n\treal_server 192.0.2.2 80\n\t{\n\t\tTCP_CHECK {\n\t\t}\n\t}\n}",
	"$A=1\n${A} $A,x \"$A\" ${_RANDOM 1 2} ${_ENV X} $_PWD $_HASH $_BANG $B ${B}c $A-\n@me b\n@^me c\n@you d\n",
	"$M= \\\n a \\\n  # comment\\\n\\\n b\n$M\nx $M\n$M y\n~SEQ(X,1,3) $M\n~SEQx(X,9,2,11) a$X\n~LST({A,B},{1,2},{3,4}) $A$B\n~LST(C,x,y) $C {\n",
	"include main\ninclude {a,b*}\nincluder b\nincludem c\nincludew d*\nincludeb {e,f}\nincludea x\ninclude_check +read -match\ninclude \"x\"\n",
	"a\\#b \"c\\\"d\n} {\x00\xef\xbb\xbf\r\n\"\" \" {\n\\\nword \\ # c\\\nword\\\\\n!\n#\n",
	"\xef\xbb\xbfa\n" + strings.Repeat("x", 1100) + "\n" + strings.Repeat("{", 70) + strings.Repeat("}", 72) + "\n a{b}c{d\ne}f\n",
	"$A=$B\n$B=$A\n$A\n$C=\"\n$C x\n$D={\n$D $D\n~SEQ(X,99,1) y\n~LST({A,B},{1},{2,3,4}) z\n~SEQ(X) y\n$ ${ ${} $1 ~ @ @^\n",
	"notify_master \"/a b 'c' \\x41\\101\\cA\\E\" user\nscript \"\"\nscript '\n{\n}\n}\n",
}
