package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// process is one of the cluster, as the first process sees it.
type process struct {
	name    string
	started time.Time
	killed  time.Time // zero: it was not killed
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	heard   chan struct{} // closed when nothing more is heard of it

	mu   sync.Mutex
	note note
}

// start runs this program again, as a worker.
func start(o order, stderr io.Writer) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{name: o.Name, started: time.Now(), cmd: exec.Command(self), heard: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), workerEnv+"=1")
	p.cmd.Stderr = stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.listen(stdout)
	if err := json.NewEncoder(p.stdin).Encode(o); err != nil {
		return nil, errors.Join(err, p.kill())
	}
	return p, nil
}

func (p *process) listen(stdout io.Reader) {
	defer close(p.heard)
	for in := json.NewDecoder(stdout); ; {
		var n note
		if in.Decode(&n) != nil {
			return // it has ended, or was killed in the middle of a line
		}
		p.mu.Lock()
		p.note = n
		p.mu.Unlock()
	}
}

func (p *process) last() note {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.note
}

// kill ends the process at once: it gets no chance to tidy up (SIGKILL).
func (p *process) kill() error {
	p.killed = time.Now()
	err := p.cmd.Process.Kill()
	<-p.heard
	_ = p.cmd.Wait() // "killed", which is what was asked for
	return err
}

// end lets the process shut down.
func (p *process) end() error {
	_ = p.stdin.Close()
	<-p.heard
	return p.cmd.Wait()
}
