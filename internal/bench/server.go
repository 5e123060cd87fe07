package main

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"sync"
)

// A request is what a server's answer depends on: the first line, such as
// "POST /api/getTimeZoneList HTTP/1.1". The body has been read and thrown away.
type request []byte

func (r request) isPost() bool { return bytes.HasPrefix(r, []byte("POST ")) }

// A server answers on kept connections. Once its connections stand it allocates
// nothing, so that only what its callers allocate is counted.
type server struct {
	listener net.Listener
	answer   func(request) []byte // a whole HTTP answer; called for one request at a time

	mu sync.Mutex // held from asking for an answer until it is written: the next one may use its room
}

func serve(answer func(request) []byte) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{listener: listener, answer: answer}
	go s.accept()
	return s, nil
}

func (s *server) url() string { return "http://" + s.listener.Addr().String() }

func (s *server) close() { s.listener.Close() }

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		go s.talk(conn)
	}
}

// talk answers the requests of one connection until it ends.
func (s *server) talk(conn net.Conn) {
	defer conn.Close()
	buf, n := make([]byte, 64<<10), 0
	for {
		head := bytes.Index(buf[:n], []byte("\r\n\r\n"))
		if head < 0 || n < head+4+bodyLength(buf[:head]) {
			m, err := conn.Read(buf[n:])
			if err != nil {
				return
			}
			n += m
			continue
		}
		first, _, _ := bytes.Cut(buf[:head], []byte("\r\n"))
		if err := s.reply(conn, first); err != nil {
			return
		}
		n = 0 // a client sends the next request after the answer
	}
}

func (s *server) reply(conn net.Conn, r request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := conn.Write(s.answer(r))
	return err
}

// bodyLength reads the Content-Length of a head, which net/http writes in this form.
func bodyLength(head []byte) (n int) {
	_, rest, ok := bytes.Cut(head, []byte("\r\nContent-Length: "))
	if !ok {
		return 0
	}
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// answerOf returns a whole HTTP answer with that JSON.
func answerOf(body string) []byte {
	return []byte("HTTP/1.1 200 OK\r\nDate: Tue, 01 Sep 2026 12:00:05 GMT\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// always gives every request the same answer.
func always(body string) func(request) []byte {
	answer := answerOf(body)
	return func(request) []byte { return answer }
}

// readBounded reads a body to its end, up to a MiB: the code by hand is careful too.
func readBounded(body io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(body, 1<<20)) }
