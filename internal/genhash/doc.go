// Package genhash is keepalived's genhash: it asks a server for a page as HTTP_GET and SSL_GET do and
// prints the digest that a url block takes. Its options are genhash's.
package genhash
