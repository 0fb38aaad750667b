// Package agentx is the part of a subagent in the Agent Extensibility protocol, RFC 2741: it connects to
// the master agent, an snmpd, registers subtrees of the MIB there, answers what the master asks about
// them, and sends notifications.
//
// Session.Run owns the connection and comes back when the master is away for a time. A View answers the
// requests; it is asked for anew for every request, on the session's own goroutine, so it may wait, but
// the master gives up after a second or so. Notify may be called from any goroutine and does not wait.
//
// What is not there: contexts other than the default one, index allocation, and the security that the
// protocol has not: who may open the socket may answer.
package agentx
