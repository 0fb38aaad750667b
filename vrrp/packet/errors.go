package packet

import "errors"

// Errors of Parse, ParseIPv4, ParseTrailer and the AH functions. They are compared with ==, never wrapped.
var (
	ErrLength   = errors.New("length does not fit the number of addresses")
	ErrVersion  = errors.New("version is neither 2 nor 3")
	ErrType     = errors.New("type is not advertisement")
	ErrInterval = errors.New("advertisement interval is 0")
	ErrChecksum = errors.New("checksum is wrong")
	ErrIP       = errors.New("not an IPv4 packet")
	ErrAH       = errors.New("authentication header is malformed")
	ErrICV      = errors.New("authentication header's check value is wrong")
	ErrTrailer  = errors.New("authentication trailer is malformed")
)
