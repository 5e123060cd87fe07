package edxtest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// longestWait is how long a page may wait for a provider before somebody minds. The
// platform itself waits without an end.
const longestWait = 5 * time.Second

// checkAnswer looks for what is wrong with an answer whatever the call is.
func (s *Server) checkAnswer(b backend, answer heard) {
	if answer.took > longestWait {
		s.trouble(b, answer, s.attemptAsked(b, answer.request), minor, "it took %s: the page, and a worker of the platform, waited for it", answer.took.Round(time.Second))
	}
	if s.quotesSomebody(answer) {
		s.trouble(b, answer, s.attemptAsked(b, answer.request), minor, "it quotes the name or the address of a user, which no page needs and others may read")
	}
}

// attemptAsked is the attempt that a call is about, 0 if it is about none.
func (s *Server) attemptAsked(b backend, request string) int64 {
	_, path, _ := strings.Cut(request, " ")
	for _, a := range s.exams.attempts {
		if e := s.exams.exam(a.ExamID); a.ExternalID != "" && e.Backend == b.Name && attemptPath(e, a) == path {
			return a.ID
		}
	}
	return 0
}

// quotesSomebody reports whether an answer has the full name or the e-mail address of a
// user, in its texts or escaped in its link. A name of one word may be any word.
func (s *Server) quotesSomebody(answer heard) bool {
	link, _ := url.QueryUnescape(textOf(answer.members["download_url"]))
	text := strings.ToLower(answer.body + "\n" + fmt.Sprint(answer.value) + "\n" + link) // the value has no escapes
	for _, u := range s.users {
		name := strings.ToLower(strings.TrimSpace(u.Name))
		if strings.Contains(name, " ") && strings.Contains(text, name) || u.Email != "" && strings.Contains(text, strings.ToLower(u.Email)) {
			return true
		}
	}
	return false
}

// settingUp reports whether the page of an attempt is the provider's.
func settingUp(status string) bool {
	return status == "created" || status == "download_software_clicked"
}

var (
	webAddress = regexp.MustCompile(`^https?://[^/]`)
	tag        = regexp.MustCompile(`<[A-Za-z/!]`)
)

// checkPage looks whether a page shows what the provider meant. The one that the platform
// renders puts download_url into a text of a script as it is, and instructions into HTML.
func (s *Server) checkPage(b backend, answer heard, attempt int64) {
	if answer.isJSON && answer.status/100 != 2 {
		s.trouble(b, answer, attempt, minor, "its status is not looked at: the page shows what is in it")
	}
	instructions, download := answer.members["instructions"], textOf(answer.members["download_url"])
	switch _, isList := instructions.([]any); {
	case instructions != nil && !isList:
		s.trouble(b, answer, attempt, minor, "its instructions are no list of texts")
	case tag.MatchString(strings.Join(textsOf(instructions), "\n")):
		s.trouble(b, answer, attempt, minor, "its instructions hold a tag, which is HTML on the old page, and a plain text on the learning front end")
	}
	switch {
	case strings.ContainsAny(download, "\"'\\<>\r\n"):
		s.trouble(b, answer, attempt, minor, "its download_url has signs that end the text of a script into which it is put as it is")
	case download != "" && !webAddress.MatchString(download):
		s.trouble(b, answer, attempt, minor, "its download_url is no address of the web: the link leads nowhere, or runs a script")
	}
}

// checkOldPage looks whether the page that the platform renders has anything of the provider.
func (s *Server) checkOldPage(a *Attempt, v View) {
	e := s.exams.exam(a.ExamID)
	if b, known := s.backendOf(e); known && settingUp(a.Status) && len(v.Instructions) == 0 && v.Download == "" {
		asked := heard{request: get + " " + attemptPath(e, a), status: http.StatusOK}
		s.trouble(b, asked, a.ID, minor, "the set-up page has neither texts nor a link")
	}
}

// checkConfig looks whether the learning front end has anything of the provider. Without
// texts it has words of its own, which are about the software of another one.
func (s *Server) checkConfig(b backend, answer heard) {
	if len(textsOf(answer.members["instructions"])) > 0 || textOf(answer.members["download_url"]) != "" {
		return
	}
	const page = "the page has neither texts nor a link of the provider, unless the attempt has a link"
	if answer.members == nil {
		s.trouble(b, answer, 0, minor, "it is no JSON object: "+page)
		return
	}
	s.trouble(b, answer, 0, minor, page)
}
