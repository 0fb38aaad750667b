package ledger

// What the kinds of checks of the network have in common, as rows of proofs.
const (
	timed   = ": retry delay_before_retry warmup delay_loop alpha log_all_failures connect_ip connect_port connect_timeout; "
	placed  = ": bindto bind_port bind_if fwmark; "
	smtp    = "virtual_server/real_server/SMTP_CHECK"
	dns     = "virtual_server/real_server/DNS_CHECK"
	web     = "virtual_server/real_server/HTTP_GET"
	ssl     = "virtual_server/real_server/SSL_GET"
	udp     = "virtual_server/real_server/UDP_CHECK"
	ping    = "virtual_server/real_server/PING_CHECK"
	file    = "virtual_server/real_server/FILE_CHECK"
	network = udp + timed + ping + timed + web + timed + ssl + timed + smtp + timed + smtp + "/host" + timed + dns + timed
	places  = udp + placed + web + placed + ssl + placed + smtp + placed + smtp + "/host" + placed + dns + placed
)

// checkProofs are the proofs of the checks of the network beside TCP_CHECK.
var checkProofs = []proof{
	{"internal/wiring.TestEveryCheckHasTheCommonOptions", network},
	{"checkers/dial.TestDialComesFromWhereItIsTold", places},
	{"checkers/smtp.TestDialogueIsThatOfAMailServer", "virtual_server/real_server: SMTP_CHECK"},
	{"checkers/smtp.TestMailServerIsUp", smtp + ": helo_name host"},
	{"checkers/dns.TestHeaderDecides", "virtual_server/real_server: DNS_CHECK"},
	{"checkers/dns.TestQuestionsAreKeepalivedsOwn", dns + ": type name"},
	{"checkers/udp.TestSilenceIsGoodUnlessAReplyIsRequired", "virtual_server/real_server: UDP_CHECK; " + udp + ": require_reply"},
	{"checkers/udp.TestPayloadIsSent", udp + ": payload"},
	{"checkers/udp.TestReplyIsComparedAsFarAsBothGo", udp + ": min_reply_length max_reply_length"},
	{"checkers/ping.TestNSHostThatAnswersIsUp", "virtual_server/real_server: PING_CHECK"},
	{"checkers/ping.TestNSPingComesFromWhereItIsTold", ping + placed},
	{"checkers/file.TestNumberChangesTheWeightOrFails", "virtual_server/real_server: FILE_CHECK; " + file + ": weight"},
	{"internal/director.TestWeightFollowsATrackedFile", file + ": track_file"},
	{"checkers/http.TestAnswerDecides", "virtual_server/real_server: HTTP_GET; " + ofURL("path status_code digest regex regex_no_match")},
	{"checkers/http.TestServerIsNotVerified", "virtual_server/real_server: SSL_GET"},
	{"checkers/http.TestRequestIsAsWritten", web + ": http_protocol; " + ssl + ": http_protocol"},
	{"checkers/http.TestURLsComeInTheirOrder", web + ": url; " + ssl + ": url"},
	{"checkers.TestSeveralURLs", web + ": fast_recovery nb_get_retry; " + ssl + ": fast_recovery nb_get_retry"},
	{"checkers/http.TestConnectionIsEndedAsTheSettingSays", ssl + ": tls_compliant; " + ssl + "/url: tls_compliant"},
	{"checkers/http.TestClientCertificate", "top: SSL; SSL: password ca certificate key"},
	{"checkers/http/answer.TestRegexMatchesAsPCRE2Does", ofURL("regex_options")},
	{"checkers/http/answer.TestRegexOffsets", ofURL("regex_min_offset regex_max_offset")},
	{"checkers/http/answer.TestRegexThatNeverEndsIsEnded", ofURL("regex_stack")},
	{"internal/wiring.TestNamesOfAPage", "virtual_server: virtualhost; virtual_server/real_server: virtualhost; " +
		web + ": virtualhost; " + ssl + ": virtualhost enable_sni sni_name; " + ofURL("virtualhost")},
}

// ofURL are keywords of a url block.
func ofURL(keywords string) string {
	return web + "/url: " + keywords + "; " + ssl + "/url: " + keywords
}
