package edxtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// PageError is an error page, or a refusal, that somebody got instead of what the page
// would do.
type PageError struct {
	// Did is what the person did, such as "set up exam 7".
	Did string
	// Status is that of the platform's answer. It may be 200: see [Learner.SetUp].
	Status int
	// Detail is what the page showed, which may be the provider's own words; "" is a
	// page without any.
	Detail string
}

// Error returns what the person did, and what came of it.
func (e *PageError) Error() string {
	text := fmt.Sprintf("edxtest: %s: the platform answered with status %d", e.Did, e.Status)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text + "; see Server.Seen for what a provider had to do with it"
}

// browser is what somebody has who is signed in to the platform's pages. Faults and
// rates do not touch it, and its requests are not counted.
type browser struct {
	server   *Server
	username string
}

// ask sends one request and reads a JSON answer. An answer that is none of success is a
// *PageError.
func (b browser) ask(ctx context.Context, did, method, target string, body object) (value any, err error) {
	raw := testserver.AppendObject(nil, body, testserver.PlainNumbers)
	req, err := http.NewRequestWithContext(ctx, method, testBase+target, bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("edxtest: %s: %w", did, err)
	}
	req.Header.Set("Content-Type", jsonType)
	c, refused := readCall(req, platformRoutes)
	if refused == nil {
		answer, known := b.act(c)
		if !known {
			return nil, fmt.Errorf("edxtest: %s: there is no user %q: AddUser it first", did, b.username)
		}
		refused = &answer
	}
	decoder := json.NewDecoder(bytes.NewReader(refused.Body))
	decoder.UseNumber()
	isJSON := decoder.Decode(&value) == nil
	if refused.Status == http.StatusFound {
		return refused.Header["Location"], nil
	}
	if refused.Status/100 != 2 {
		return value, &PageError{Did: did, Status: refused.Status, Detail: detailOf(value, isJSON)}
	}
	return value, nil
}

const testBase = "http://lms.example.org"

// act has the platform act for the signed-in user.
func (b browser) act(c call) (answer reply, known bool) {
	s := b.server
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late.RunDue(s.now())
	if c.user, known = s.users[b.username]; !known {
		return reply{}, false
	}
	return s.actFor(c), true
}

// detailOf is what a refusal says.
func detailOf(value any, isJSON bool) string {
	members, _ := value.(map[string]any)
	switch text := value.(type) {
	case string:
		return text
	case nil:
		return ""
	}
	if detail, found := members["detail"]; found {
		return textOf(detail)
	}
	if !isJSON {
		return ""
	}
	return fmt.Sprint(value)
}

// membersOf are those of a JSON object; nil if there is none.
func membersOf(value any) map[string]any { members, _ := value.(map[string]any); return members }

// textsOf are the texts of a JSON list.
func textsOf(value any) (texts []string) {
	list, _ := value.([]any)
	for _, item := range list {
		texts = append(texts, textOf(item))
	}
	return texts
}

// escaped is a course key in a query.
func escaped(key string) string { return strings.ReplaceAll(key, "+", "%2B") }
