package proctorutest

import (
	"net/http"
	"slices"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// checkFields refuses a call in which a required field is missing, or one is too
// long, as the variants say.
func (p *Server) checkFields(c call, required []string) (refused reply, ok bool) {
	missing := slices.IndexFunc(required, func(name string) bool { return !c.has(name) })
	if missing >= 0 && !p.is(VariantMissingFields, "accepted") {
		if p.is(VariantMissingFields, "http-500") {
			return testserver.StatusPage(http.StatusInternalServerError), false
		}
		return p.failure(c, required[missing]+" required"), false // invented
	}
	for _, limit := range lengthLimits {
		if len([]rune(c.params[limit.name])) <= limit.characters {
			continue
		}
		switch p.playing[VariantLongValues] {
		case "code-2":
			return p.failure(c, limit.name+" too long"), false // invented
		case "http-500":
			return testserver.StatusPage(http.StatusInternalServerError), false
		}
		c.params[limit.name] = string([]rune(c.params[limit.name])[:limit.characters])
	}
	return reply{}, true
}

// lengthLimits are the longest values that clients were seen to send.
var lengthLimits = []struct {
	name       string
	characters int
}{
	{"student_id", 50}, {"first_name", 50}, {"last_name", 50}, {"email", 50}, {"address1", 100}, {"address2", 100},
	{"city", 50}, {"country", 2}, {"phone1", 15}, {"phone2", 15}, {"phone3", 15}, {"time_zone_id", 60},
	{"description", 255}, {"reservation_id", 50},
}
