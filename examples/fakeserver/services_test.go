package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The sample course of Open edX offers what its learners are enrolled in, and has a
// certificate. What it says of itself is found where it was asked.
func TestSampleCourse(t *testing.T) {
	t.Parallel()
	h := serving(t, "-edx", "127.0.0.1:0").EdX
	token := must(t, http.MethodPost, h.URL+"/oauth2/access_token",
		"grant_type", "client_credentials", "client_id", h.ClientID, "client_secret", h.ClientSecret, "token_type", "jwt")
	read := func(path string) map[string]any {
		t.Helper()
		req := newRequest(t, http.MethodGet, h.URL+path, "", "")
		req.Header.Set("Authorization", fmt.Sprint("jwt ", token["access_token"]))
		status, members := fetch(t, req)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %v", path, status, members)
		}
		return members
	}

	modes := fmt.Sprint(read("/api/enrollment/v1/course/" + h.Courses[0])["course_modes"])
	certificate := read("/api/certificates/v0/certificates/ada_l/courses/" + h.Courses[0] + "/")
	blocks := fmt.Sprint(read("/api/courses/v1/courses/" + h.Courses[0])["blocks_url"])

	if !strings.Contains(modes, "slug:audit") || !strings.Contains(modes, "slug:verified") {
		t.Errorf("modes = %s, want audit and verified", modes)
	}
	if certificate["is_passing"] != true || certificate["certificate_type"] != "verified" {
		t.Errorf("certificate = %v, want a verified one", certificate)
	}
	if !strings.HasPrefix(blocks, h.URL+"/") {
		t.Errorf("blocks_url = %s, want it at %s", blocks, h.URL)
	}
	read(strings.TrimPrefix(blocks, h.URL) + "&" + url.Values{"all_blocks": {"true"}, "depth": {"all"}}.Encode())
}
