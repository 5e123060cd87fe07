package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// serving runs the program in this process, and returns its first line.
func serving(t *testing.T, args ...string) hello {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	var stderr strings.Builder
	var end sync.WaitGroup
	end.Go(func() {
		if code := run(ctx, args, writer, &stderr); code != exitDone {
			t.Errorf("exit code %d: %s", code, &stderr)
		}
		writer.Close()
	})
	t.Cleanup(func() { cancel(); end.Wait() })
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		cancel()
		end.Wait()
		t.Fatalf("no first line: %v; %s", err, &stderr)
	}
	var h hello
	if err := json.Unmarshal([]byte(line), &h); err != nil {
		t.Fatalf("the first line %q is not JSON: %v", line, err)
	}
	return h
}

// fetch sends one request and decodes the answer, which has to be JSON.
func fetch(t *testing.T, req *http.Request) (status int, members map[string]any) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("%s %s: %d %s", req.Method, req.URL.Path, resp.StatusCode, body)
	}
	if list, ok := value.([]any); ok {
		return resp.StatusCode, map[string]any{"list": list}
	}
	members, _ = value.(map[string]any)
	return resp.StatusCode, members
}

func newRequest(t *testing.T, method, target, contentType, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return req
}

const formType = "application/x-www-form-urlencoded"

// ask sends a command with name, value, name, value, ... as a form or in the query.
func ask(t *testing.T, method, target string, pairs ...string) (status int, members map[string]any) {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	if method == http.MethodGet {
		return fetch(t, newRequest(t, method, target+"?"+form.Encode(), "", ""))
	}
	return fetch(t, newRequest(t, method, target, formType, form.Encode()))
}

// must fails the test if a command was refused.
func must(t *testing.T, method, target string, pairs ...string) map[string]any {
	t.Helper()
	status, members := ask(t, method, target, pairs...)
	if status != http.StatusOK {
		t.Fatalf("%s %s %q: %d %v", method, target, pairs, status, members)
	}
	return members
}
