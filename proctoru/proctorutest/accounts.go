package proctorutest

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

const (
	// textNoAccount is how two endpoints spell "Student Not found".
	textNoAccount = "Student Not Found"
	schoolName    = "Example University"
	termsText     = "By taking an exam you agree to be observed by a proctor."
)

// getProfile answers with a learner's account.
func (p *Server) getProfile(c call) reply {
	if refused, ok := p.checkFields(c, []string{"student_id"}); !ok {
		return refused
	}
	l := p.learners[c.params["student_id"]]
	if l == nil {
		return p.failure(c, textNoAccount)
	}
	return p.success(c, l.profile())
}

func (l *learner) profile() object {
	user := l.fields["user_id"]
	if user == "" {
		hash := fnv.New32a()
		_, _ = hash.Write([]byte(l.fields["student_id"])) // a hash takes everything
		user = fmt.Sprintf("%08x", hash.Sum32())
	}
	profile := object{{"student_id", l.fields["student_id"]}, {"user_id", user}}
	for _, name := range []string{
		"first_name", "last_name", "address1", "address2", "city", "state", "zipcode", "country",
		"phone1", "phone2", "phone3", "email", "time_zone_id", "computertype", "campus",
	} {
		profile = append(profile, member{name, testserver.OrNull(l.fields[name])})
	}
	return append(profile, object{
		{"termsaccepted", l.accepted}, {"profilecomplete", l.complete()}, {"hasimage", l.image != nil}, {"active", true},
		{"on_account_balance", decimal("0.0")},
	}...)
}

// complete reports whether the learner could be booked without further questions.
func (l *learner) complete() bool { return l.fields["country"] != "" && l.fields["phone1"] != "" }

// getEmailExist names the institution of the account with that e-mail address.
func (p *Server) getEmailExist(c call) reply {
	if refused, ok := p.checkFields(c, []string{"email"}); !ok {
		return refused
	}
	email := strings.ToLower(c.params["email"])
	school, taken := p.emailOwners[email]
	for _, l := range p.learners {
		if strings.ToLower(l.fields["email"]) == email {
			school, taken = schoolName, true
		}
	}
	if !taken {
		return p.success(c, nil)
	}
	return p.success(c, object{{"schoolname", school}})
}

// autoLogin answers with a URL that signs the learner in once. It creates nobody.
func (p *Server) autoLogin(c call) reply {
	if refused, ok := p.checkFields(c, []string{"student_id", "email"}); !ok {
		return refused
	}
	if _, known := p.zone(c.params["time_zone_id"]); c.has("time_zone_id") && !known {
		return p.failure(c, textZone)
	}
	if p.learners[c.params["student_id"]] == nil {
		return p.failure(c, textNoAccount)
	}
	if c.flag("update") {
		p.saveLearner(c)
	}
	return p.success(c, object{{"url", p.loginURL("02")}})
}

func (p *Server) loginURL(kind string) string {
	return "https://demo.proctoru.com/session/auto_login?token=" + p.uuid() + "--" + kind
}

// getTerms answers with the terms of service, and whether the learner accepted them.
func (p *Server) getTerms(c call) reply {
	l, refused := p.learnerOf(c)
	if l == nil {
		return refused
	}
	return p.success(c, object{{"tos", termsText}, {"termsaccepted", l.accepted}})
}

func (p *Server) agreeToTerms(c call) reply {
	l, refused := p.learnerOf(c)
	if l == nil {
		return refused
	}
	l.accepted = true
	return p.success(c, "")
}

// getImage answers with the learner's picture itself.
func (p *Server) getImage(c call) reply {
	l, refused := p.learnerOf(c)
	if l == nil {
		return refused
	}
	p.countSuccess(c)
	if l.image == nil {
		return testserver.StatusPage(http.StatusNotFound)
	}
	return reply{
		Status: http.StatusOK, Header: map[string]string{"Content-Type": "image/jpeg"},
		Body: bytes.Clone(l.image), Succeeded: true,
	}
}

// learnerOf returns the learner that the call names, or the refusal.
func (p *Server) learnerOf(c call) (*learner, reply) {
	if refused, ok := p.checkFields(c, []string{"student_id"}); !ok {
		return nil, refused
	}
	l := p.learners[c.params["student_id"]]
	if l == nil {
		return nil, p.failure(c, textNoStudent)
	}
	return l, reply{}
}

// getAccommodations lists the institution's accommodations, outside the envelope.
func (p *Server) getAccommodations(c call) reply {
	rows := make([]object, len(p.accommodations))
	for i, a := range p.accommodations {
		rows[i] = object{{"id", a.ID}, {"description", a.Description}}
	}
	return p.bare(c, object{{"accommodations", rows}})
}
