package proctorutest

import "maps"

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
func (p *Server) editStudent(c call) reply {
	required := []string{"student_id"}
	if p.learners[c.params["student_id"]] == nil {
		required = append(required, "first_name", "last_name", "time_zone_id")
	}
	if refused, ok := p.checkFields(c, required); !ok {
		return refused
	}
	if _, known := p.zone(c.params["time_zone_id"]); c.has("time_zone_id") && !known {
		return p.failure(c, textZone)
	}
	l := p.saveLearner(c)
	return p.success(c, object{{"profilecomplete", l.complete()}, {"hasimage", l.image != nil}, {"termsaccepted", l.accepted}})
}

// saveLearnerOf creates the learner of a booking, and updates a known one if the
// call says so. It returns an error text where the learner has to exist already.
func (p *Server) saveLearnerOf(c call) string {
	_, known := p.learners[c.params["student_id"]]
	switch {
	case !known && p.is(VariantLearnerOnCreate, "must-exist"):
		return textNoStudent
	case !known, c.flag("update") && !p.is(VariantLearnerOnCreate, "never-updated"):
		p.saveLearner(c)
	}
	return ""
}

func (p *Server) saveLearner(c call) *learner {
	id := c.params["student_id"]
	l := p.learners[id]
	if l == nil {
		l = &learner{fields: map[string]string{}}
		p.learners[id] = l
	}
	for _, name := range learnerFields {
		if value, sent := c.params[name]; sent {
			l.fields[name] = value
		}
	}
	return l
}

// nameOf returns the learner's name as the proctors' notes show it.
func (p *Server) nameOf(student string) string {
	l := p.learners[student]
	if l == nil {
		return "Unknown"
	}
	return l.fields["first_name"] + " " + l.fields["last_name"]
}

// Learner returns the profile that the provider holds, by wire name of the field
// ("first_name", "time_zone_id"), and whether it knows the learner.
func (p *Server) Learner(studentID string) (map[string]string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	l := p.learners[studentID]
	if l == nil {
		return nil, false
	}
	return maps.Clone(l.fields), true
}
