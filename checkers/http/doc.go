// Package http is HTTP_GET and SSL_GET: it asks a real server for a page and judges the answer. What is
// asked and what the answer is worth is in package answer.
//
// A check owns one connection for its duration; it starts no goroutine that outlives it. Nothing a
// server does takes it longer than Limit or more memory than answer says: one that never answers,
// sends an octet now and then, or sends without end.
//
// Certificates of servers are not verified, as in keepalived: a check asks whether the service works.
package http
