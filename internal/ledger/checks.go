package ledger

// What the kinds of checks of the network have in common, as rows of proofs.
const (
	timed   = ": retry delay_before_retry warmup delay_loop alpha log_all_failures connect_ip connect_port connect_timeout; "
	placed  = ": bindto bind_port bind_if fwmark; "
	smtp    = "virtual_server/real_server/SMTP_CHECK"
	dns     = "virtual_server/real_server/DNS_CHECK"
	network = smtp + timed + smtp + "/host" + timed + dns + timed
	places  = smtp + placed + smtp + "/host" + placed + dns + placed
)

// checkProofs are the proofs of the checks of the network beside TCP_CHECK.
var checkProofs = []proof{
	{"internal/wiring.TestEveryCheckHasTheCommonOptions", network},
	{"checkers/dial.TestDialComesFromWhereItIsTold", places},
	{"checkers/smtp.TestDialogueIsThatOfAMailServer", "virtual_server/real_server: SMTP_CHECK"},
	{"checkers/smtp.TestMailServerIsUp", smtp + ": helo_name host"},
	{"checkers/dns.TestHeaderDecides", "virtual_server/real_server: DNS_CHECK"},
	{"checkers/dns.TestQuestionsAreKeepalivedsOwn", dns + ": type name"},
}
