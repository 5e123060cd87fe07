package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

const (
	portalPackage = "github.com/proctorbook/proctorbook/examples/portal"
	// portalPause keeps the rounds below the 20 requests a second that a visitor has.
	portalPause = 60 * time.Millisecond
	// firstFlight is what a server sends before it must hear from the browser: ten packets
	// (RFC 6928).
	firstFlight = 10 * 1460
)

// portalFirstPage compares the first page of examples/portal, which runs as a process of
// its own, with a server that answers as many bytes and does nothing else.
func portalFirstPage(quick bool) ([]finding, error) {
	p, err := startPortal()
	if err != nil {
		return nil, err
	}
	defer p.end()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	size, _, err := get(client, p.url)
	if err != nil {
		return nil, err
	}
	bare, err := serveBytes(size)
	if err != nil {
		return nil, err
	}
	defer bare.Close()
	rounds := 201
	if quick {
		rounds = 61
	}
	urls := []string{p.url, bare.url}
	took := [2][]float64{}
	for round := range rounds + 10 { // the first ones warm up
		for i := range urls {
			side := (i + round) % len(urls)
			n, spent, err := get(client, urls[side])
			if err == nil && n != size {
				err = fmt.Errorf("the page has %d bytes, and had %d", n, size)
			}
			if err != nil {
				return nil, err
			}
			if round >= 10 {
				took[side] = append(took[side], spent)
			}
		}
		time.Sleep(portalPause)
	}
	var ratios []float64
	for round := range took[0] {
		ratios = append(ratios, took[0][round]/took[1][round])
	}
	return []finding{
		{other: "bare net/http", ours: median(took[0]), theirs: median(took[1]), ratio: median(ratios)},
		{other: "first flight", quantity: allocated, ours: float64(size), theirs: firstFlight, ratio: float64(size) / firstFlight},
	}, nil
}

// get reads a page to its end, and returns its size and the nanoseconds that it took.
func get(client *http.Client, url string) (int, float64, error) {
	begun := time.Now()
	resp, err := client.Get(url)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	page, err := readBounded(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	return len(page), float64(time.Since(begun)), err
}

// byteServer answers every request with so many bytes.
type byteServer struct {
	http.Server
	url string
}

func serveBytes(n int) (*byteServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	page := bytes.Repeat([]byte("x"), n)
	s := &byteServer{url: "http://" + listener.Addr().String() + "/"}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(n))
		_, _ = w.Write(page)
	})
	go func() { _ = s.Serve(listener) }()
	return s, nil
}

// portal is a portal that runs.
type portal struct {
	cmd    *exec.Cmd
	cancel context.CancelFunc
	folder string
	url    string
}

// startPortal builds the portal and starts it. It is leftOut where it can't be built, as
// outside of the checkout.
func startPortal() (*portal, error) {
	folder, err := os.MkdirTemp("", "proctorbook-bench-")
	if err != nil {
		return nil, err
	}
	program := filepath.Join(folder, "portal")
	if out, err := exec.Command("go", "build", "-o", program, portalPackage).CombinedOutput(); err != nil {
		_ = os.RemoveAll(folder)
		return nil, leftOut(fmt.Sprintf("the portal can't be built here: %v: %s", err, bytes.TrimSpace(out)))
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &portal{cmd: exec.CommandContext(ctx, program, "-listen", "127.0.0.1:0", "-learners", "24"), cancel: cancel, folder: folder}
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(os.Interrupt) } // it ends its own second process
	p.cmd.WaitDelay = 10 * time.Second
	p.cmd.Stderr = os.Stderr
	said, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err == nil {
		p.url, err = addressIn(said)
	}
	if err != nil {
		p.end()
		return nil, err
	}
	return p, nil
}

// addressIn reads the line in which the portal says where it is, and lets it say the rest.
func addressIn(said io.Reader) (string, error) {
	lines := bufio.NewScanner(said)
	if !lines.Scan() {
		return "", errors.Join(errors.New("the portal did not say where it is"), lines.Err())
	}
	found := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(lines.Text())
	if found == "" {
		return "", errors.New("the portal's first line has no address")
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	return found + "/", nil
}

// end stops the portal, and removes what was built.
func (p *portal) end() {
	p.cancel()
	if p.cmd.Process != nil {
		_ = p.cmd.Wait()
	}
	_ = os.RemoveAll(p.folder)
}
