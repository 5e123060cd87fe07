package edxtest_test

import (
	"encoding/json"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// answer is what came back, read without any help of a client.
type answer struct {
	status  int
	header  http.Header
	body    string
	members map[string]any // of the object, nil if there is none
	err     error
}

func roundTrip(rt http.RoundTripper, req *http.Request) answer {
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(body), err: err}
	if json.Unmarshal(body, &a.members) != nil {
		a.members = nil
	}
	return a
}

func keys(members map[string]any) string {
	return strings.Join(sorted(maps.Keys(members)), " ")
}

func sorted(values iter.Seq[string]) []string { return slices.Sorted(values) }

func wantPanic(t *testing.T, want string, do func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if text, _ := recover().(string); !strings.Contains(text, want) {
			t.Errorf("panic = %q, want %q in it", text, want)
		}
	}()
	do()
}
