package proctorutest

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"strings"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// proctor signs what the provider does.
const proctor = "Pat Proctor"

// learner is an account at the provider.
type learner struct {
	fields   map[string]string // as they were last saved
	accepted bool              // the terms of service
	image    []byte            // a JPEG, nil for none
}

var learnerFields = []string{
	"student_id", "user_id", "first_name", "last_name", "email", "address1", "address2", "city", "state", "zipcode",
	"country", "phone1", "phone2", "phone3", "time_zone_id", "computertype",
}

// editStudent creates or updates a learner.
func (s *Server) editStudent(c call) reply {
	required := []string{"student_id"}
	if s.learners[c.params["student_id"]] == nil {
		required = append(required, "first_name", "last_name", "time_zone_id")
	}
	if refused, ok := s.checkFields(c, required); !ok {
		return refused
	}
	if _, known := s.zone(c.params["time_zone_id"]); c.has("time_zone_id") && !known {
		return s.failure(c, textZone)
	}
	l := s.saveLearner(c)
	return s.success(c, object{{"profilecomplete", l.complete()}, {"hasimage", l.image != nil}, {"termsaccepted", l.accepted}})
}

// saveLearnerOf creates the learner of a booking, and updates a known one if the
// call says so. It returns an error text where the learner has to exist already.
func (s *Server) saveLearnerOf(c call) string {
	_, known := s.learners[c.params["student_id"]]
	switch {
	case !known && s.is(VariantLearnerOnCreate, "must-exist"):
		return textNoStudent
	case !known, c.flag("update") && !s.is(VariantLearnerOnCreate, "never-updated"):
		s.saveLearner(c)
	}
	return ""
}

func (s *Server) saveLearner(c call) *learner {
	id := c.params["student_id"]
	l := s.learners[id]
	if l == nil {
		l = &learner{fields: map[string]string{}}
		s.learners[id] = l
	}
	s.keep(l.fields, learnerFields, c)
	return l
}

// keep saves those of the fields that the call sends. A blank value leaves what is
// saved, unless that is played otherwise.
func (s *Server) keep(saved map[string]string, fields []string, c call) {
	for _, name := range fields {
		if value, sent := c.params[name]; value != "" || sent && s.is(VariantBlankValues, "erase") {
			saved[name] = value
		}
	}
}

// nameOf returns the learner's name as the proctors' notes show it.
func (s *Server) nameOf(student string) string {
	l := s.learners[student]
	if l == nil {
		return "Unknown"
	}
	return l.fields["first_name"] + " " + l.fields["last_name"]
}

// Learner returns the profile that the provider holds, by wire name of the field
// ("first_name", "time_zone_id"), and whether it knows the learner.
func (s *Server) Learner(studentID string) (map[string]string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	l := s.learners[studentID]
	if l == nil {
		return nil, false
	}
	return maps.Clone(l.fields), true
}

// Accommodation is a help that the institution may grant to a learner.
type Accommodation struct {
	// ID is the provider's number of the accommodation.
	ID int64
	// Description is its name, such as "Extra time".
	Description string
}

// SetAccommodations replaces the institution's accommodations.
func (s *Server) SetAccommodations(all ...Accommodation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accommodations = append([]Accommodation(nil), all...)
}

// AddLearner creates a learner, or updates the fields that are given, by their wire
// names ("first_name"); a blank value takes the field away. It panics without a
// student_id.
func (s *Server) AddLearner(fields map[string]string) {
	if fields["student_id"] == "" {
		panic("proctorutest: AddLearner needs a student_id")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	l := s.saveLearner(call{params: maps.Clone(fields)})
	for name, value := range fields {
		if _, saved := l.fields[name]; saved {
			l.fields[name] = value
		}
	}
}

// AcceptTerms lets a learner accept the terms of service on the provider's site. It
// reports whether the learner is known.
func (s *Server) AcceptTerms(studentID string) bool {
	return s.withLearner(studentID, func(l *learner) { l.accepted = true })
}

// SetLearnerImage stores a learner's picture; nil removes it. It reports whether
// the learner is known.
func (s *Server) SetLearnerImage(studentID string, jpeg []byte) bool {
	return s.withLearner(studentID, func(l *learner) { l.image = bytes.Clone(jpeg) })
}

func (s *Server) withLearner(studentID string, write func(*learner)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	l := s.learners[studentID]
	if l != nil {
		write(l)
	}
	return l != nil
}

// SetEmailOwner makes an e-mail address that of an account at another institution.
func (s *Server) SetEmailOwner(email, school string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emailOwners[strings.ToLower(email)] = school
}

const (
	// textNoAccount is how two endpoints spell "Student Not found".
	textNoAccount = "Student Not Found"
	schoolName    = "Example University"
	termsText     = "By taking an exam you agree to be observed by a proctor."
)

// getProfile answers with a learner's account.
func (s *Server) getProfile(c call) reply {
	if refused, ok := s.checkFields(c, []string{"student_id"}); !ok {
		return refused
	}
	l := s.learners[c.params["student_id"]]
	if l == nil {
		return s.failure(c, textNoAccount)
	}
	return s.success(c, l.profile())
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
func (s *Server) getEmailExist(c call) reply {
	if refused, ok := s.checkFields(c, []string{"email"}); !ok {
		return refused
	}
	email := strings.ToLower(c.params["email"])
	school, taken := s.emailOwners[email]
	for _, l := range s.learners {
		if strings.ToLower(l.fields["email"]) == email {
			school, taken = schoolName, true
		}
	}
	if !taken {
		return s.success(c, nil)
	}
	return s.success(c, object{{"schoolname", school}})
}

// autoLogin answers with a URL that signs the learner in once. It creates nobody.
func (s *Server) autoLogin(c call) reply {
	if refused, ok := s.checkFields(c, []string{"student_id", "email"}); !ok {
		return refused
	}
	if _, known := s.zone(c.params["time_zone_id"]); c.has("time_zone_id") && !known {
		return s.failure(c, textZone)
	}
	if s.learners[c.params["student_id"]] == nil {
		return s.failure(c, textNoAccount)
	}
	if c.flag("update") {
		s.saveLearner(c)
	}
	return s.success(c, object{{"url", s.loginURL("02")}})
}

func (s *Server) loginURL(kind string) string {
	return "https://demo.proctoru.com/session/auto_login?token=" + s.uuid() + "--" + kind
}

// getTerms answers with the terms of service, and whether the learner accepted them.
func (s *Server) getTerms(c call) reply {
	l, refused := s.learnerOf(c)
	if l == nil {
		return refused
	}
	return s.success(c, object{{"tos", termsText}, {"termsaccepted", l.accepted}})
}

func (s *Server) agreeToTerms(c call) reply {
	l, refused := s.learnerOf(c)
	if l == nil {
		return refused
	}
	l.accepted = true
	return s.success(c, "")
}

// getImage answers with the learner's picture itself.
func (s *Server) getImage(c call) reply {
	l, refused := s.learnerOf(c)
	if l == nil {
		return refused
	}
	s.countSuccess(c)
	if l.image == nil {
		return testserver.StatusPage(http.StatusNotFound)
	}
	return reply{
		Status: http.StatusOK, Header: map[string]string{"Content-Type": "image/jpeg"},
		Body: bytes.Clone(l.image), Succeeded: true,
	}
}

// learnerOf returns the learner that the call names, or the refusal.
func (s *Server) learnerOf(c call) (*learner, reply) {
	if refused, ok := s.checkFields(c, []string{"student_id"}); !ok {
		return nil, refused
	}
	l := s.learners[c.params["student_id"]]
	if l == nil {
		return nil, s.failure(c, textNoStudent)
	}
	return l, reply{}
}

// getAccommodations lists the institution's accommodations, outside the envelope.
func (s *Server) getAccommodations(c call) reply {
	rows := make([]object, len(s.accommodations))
	for i, a := range s.accommodations {
		rows[i] = object{{"id", a.ID}, {"description", a.Description}}
	}
	return s.bare(c, object{{"accommodations", rows}})
}
