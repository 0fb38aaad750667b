// Package answer knows what HTTP_GET and SSL_GET ask and what an answer is worth: the request as
// octets, the answer taken in as it comes, and the verdict with its reason. It is a core: it opens
// nothing and waits for nothing.
//
// Body means every octet behind the head, as in keepalived: chunks are not put together, so that a
// digest is the one that genhash prints.
package answer
