package ipc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// MaxFrame is the largest body of a frame in octets. A configuration of 10,000 virtual servers
// with 4 real servers each takes about 20 MiB.
const MaxFrame = 256 << 20

// headerSize is the length of a frame's header: the body's length and the kind.
const headerSize = 8

// maxFiles is the most file descriptors that one frame carries.
const maxFiles = 4

// Conn is one end of a message stream.
type Conn struct {
	socket *net.UnixConn
	write  sync.Mutex
}

// Frame is a message as received.
type Frame struct {
	Kind  Kind
	Body  []byte
	Files []*os.File // owned by the receiver
}

// Pair makes a connected pair of sockets, to be given to two processes.
func Pair() (a, b *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make socket pair: %w", err)
	}
	return os.NewFile(uintptr(fds[0]), "ipc"), os.NewFile(uintptr(fds[1]), "ipc"), nil
}

// New makes a Conn of a socket; f is closed in any case.
func New(f *os.File) (*Conn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("open message socket: %w", err)
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, errors.New("open message socket: not a unix socket")
	}
	return &Conn{socket: u}, nil
}

// Close ends the connection; a Receive that is waiting returns an error.
func (c *Conn) Close() error { return c.socket.Close() }

// Send writes one frame with body encoded by gob; body may be nil. The files stay the caller's.
func (c *Conn) Send(kind Kind, body any, files ...*os.File) error {
	payload, err := encode(body)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	if len(payload) > MaxFrame {
		return fmt.Errorf("send %s: %d octets are more than a frame holds", kind, len(payload))
	}
	var header [headerSize]byte
	binary.LittleEndian.PutUint32(header[:4], uint32(len(payload)))
	binary.LittleEndian.PutUint32(header[4:], uint32(kind))
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		rights = unix.UnixRights(fds...)
	}
	c.write.Lock()
	defer c.write.Unlock()
	// The descriptors go with the header's octets; the receiver reads exactly these first.
	n, _, err := c.socket.WriteMsgUnix(header[:], rights, nil)
	if err == nil && n < headerSize {
		_, err = c.socket.Write(header[n:])
	}
	if err == nil && len(payload) > 0 {
		_, err = c.socket.Write(payload)
	}
	if err != nil {
		return fmt.Errorf("send %s: %w", kind, err)
	}
	return nil
}

// Receive waits for the next frame. It returns io.EOF when the other end is closed.
func (c *Conn) Receive() (Frame, error) {
	var header [headerSize]byte
	var files []*os.File
	for read := 0; read < headerSize; {
		oob := make([]byte, unix.CmsgSpace(4*maxFiles))
		n, oobn, flags, _, err := c.socket.ReadMsgUnix(header[read:], oob)
		if oobn > 0 {
			got, parseErr := rights(oob[:oobn])
			files = append(files, got...)
			err = errors.Join(err, parseErr)
		}
		if flags&unix.MSG_CTRUNC != 0 {
			err = errors.Join(err, errors.New("descriptors were lost"))
		}
		if err == nil && n == 0 {
			err = io.EOF
		}
		if err != nil {
			closeAll(files)
			if errors.Is(err, io.EOF) {
				if read == 0 {
					return Frame{}, io.EOF
				}
				err = io.ErrUnexpectedEOF
			}
			return Frame{}, fmt.Errorf("receive message: %w", err)
		}
		read += n
	}
	size := binary.LittleEndian.Uint32(header[:4])
	f := Frame{Kind: Kind(binary.LittleEndian.Uint32(header[4:])), Files: files}
	if size > MaxFrame {
		closeAll(files)
		return Frame{}, fmt.Errorf("receive %s: a frame of %d octets", f.Kind, size)
	}
	f.Body = make([]byte, size)
	if _, err := io.ReadFull(c.socket, f.Body); err != nil {
		closeAll(files)
		return Frame{}, fmt.Errorf("receive %s: %w", f.Kind, err)
	}
	return f, nil
}

// ReceiveBefore is Receive with an end: later the error is os.ErrDeadlineExceeded. A frame that has come in
// part by then is lost, and the connection with it.
func (c *Conn) ReceiveBefore(end time.Time) (Frame, error) {
	if err := c.socket.SetReadDeadline(end); err != nil {
		return Frame{}, fmt.Errorf("receive message: %w", err)
	}
	f, err := c.Receive()
	if err == nil {
		err = c.socket.SetReadDeadline(time.Time{})
	}
	return f, err
}

// rights takes the descriptors out of a control message.
func rights(oob []byte) ([]*os.File, error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("parse control message: %w", err)
	}
	var files []*os.File
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			continue // another kind of control message
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "ipc"))
		}
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
