package proctorutest

import "maps"

// staffFields are what the service keeps of a member of the institution's staff; the
// password is not among them.
var staffFields = []string{
	"first_name", "last_name", "email", "address1", "city", "state", "country", "zipcode", "phone1", "time_zone_id", "role",
}

// editInstitutionalUser creates or updates a member of the institution's staff, who is
// known by the e-mail address. Which fields are required is a guess.
func (s *Server) editInstitutionalUser(c call) reply {
	if refused, ok := s.checkFields(c, []string{"first_name", "last_name", "email", "time_zone_id", "role"}); !ok {
		return refused
	}
	role := c.params["role"]
	if _, known := s.zone(c.params["time_zone_id"]); !known {
		return s.failure(c, textZone)
	}
	if role != "administrator" && role != "instructor" {
		return s.failure(c, "role invalid") // invented
	}
	user := s.staff[c.params["email"]]
	if user == nil {
		user = map[string]string{}
		s.staff[c.params["email"]] = user
	}
	s.keep(user, staffFields, c)
	return s.success(c, object{{"userinstitution", schoolName}})
}

// InstitutionalUser returns what editInstitutionalUser saved of the member of staff
// with that e-mail address, by wire name of the field ("role", "time_zone_id"), and
// whether there is one.
func (s *Server) InstitutionalUser(email string) (map[string]string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	user, known := s.staff[email]
	return maps.Clone(user), known
}

// oauthToken answers with a token for the playback of recordings, beside the data. One
// partner of the provider has it.
func (s *Server) oauthToken(c call) reply {
	return s.bare(c, object{{"time_sent", s.stamp()}, {"response_code", 1}, {"message", ""}, {"oauth_token", s.uuid()}})
}
