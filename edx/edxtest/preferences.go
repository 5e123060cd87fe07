package edxtest

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

var preferenceRoutes = []route{
	{method: get, pattern: "/api/user/v1/preferences/time_zones/", auth: authNone, act: (*Server).listTimeZones},
	{method: get, pattern: "/api/user/v1/preferences/{username}", act: (*Server).getPreferences, short: "preferences"},
	{method: patch, pattern: "/api/user/v1/preferences/{username}", act: (*Server).updatePreferences},
	{method: get, pattern: "/api/user/v1/preferences/{username}/{key}", auth: authBearer, act: (*Server).getPreference},
	{method: put, pattern: "/api/user/v1/preferences/{username}/{key}", auth: authBearer, act: (*Server).putPreference},
	{method: remove, pattern: "/api/user/v1/preferences/{username}/{key}", auth: authBearer, act: (*Server).deletePreference},
}

// preferencesOf finds the user whose preferences the caller may read.
func (s *Server) preferencesOf(c call) (u User, refused reply, ok bool) {
	u, found := s.users[c.vars["username"]]
	switch {
	case !c.user.Staff && c.user.Username != c.vars["username"] && s.is(VariantOthersPreferences, "403"):
		return u, emptyReply(http.StatusForbidden), false
	case !found || !c.user.Staff && c.user.Username != u.Username:
		return u, emptyReply(http.StatusNotFound), false
	}
	return u, reply{}, true
}

// getPreferences answers a map of text to text.
func (s *Server) getPreferences(c call) reply {
	u, refused, ok := s.preferencesOf(c)
	if !ok {
		return refused
	}
	all := u.allPreferences()
	answer := object{}
	for _, key := range sortedNames(all) {
		answer = append(answer, member{key, all[key]})
	}
	return jsonReply(http.StatusOK, answer)
}

func (u User) allPreferences() map[string]string {
	all := map[string]string{"pref-lang": "en"}
	maps.Copy(all, u.Preferences)
	all["account_privacy"] = u.privacy()
	if u.TimeZone != "" {
		all["time_zone"] = u.TimeZone
	}
	return all
}

// getPreference answers one preference as a JSON string.
func (s *Server) getPreference(c call) reply {
	u, refused, ok := s.preferencesOf(c)
	if !ok {
		return refused
	}
	value, set := u.allPreferences()[c.vars["key"]]
	if !set {
		return emptyReply(http.StatusNotFound)
	}
	return jsonReply(http.StatusOK, value)
}

// updatePreferences is a merge patch of the caller's own; null takes one away. It
// changes all or nothing.
func (s *Server) updatePreferences(c call) reply {
	if c.contentType() != mergePatchType {
		_, refused, _ := c.json(mergePatchType)
		return refused
	}
	if c.user.Username != c.vars["username"] {
		return emptyReply(http.StatusForbidden)
	}
	body, refused, ok := c.jsonObject(mergePatchType)
	if !ok {
		return refused
	}
	if len(body) == 0 {
		return jsonReply(http.StatusBadRequest, object{
			{"developer_message", "No data provided for user preference update"}, {"user_message", "No data provided for user preference update"},
		})
	}
	return s.setPreferences(c.user, body)
}

func (s *Server) setPreferences(u User, wanted jsonBody) reply {
	for _, key := range sortedNames(wanted) {
		value := wanted.text(key)
		if wanted[key] == nil {
			continue
		}
		if strings.TrimSpace(value) == "" {
			return fieldErrorForUsers(key, "Preference '"+key+"' cannot be set to an empty value.", "Preference '"+key+"' cannot be set to an empty value.")
		}
		if _, err := time.LoadLocation(value); key == "time_zone" && (err != nil || value == "Local") {
			return fieldErrorForUsers(key, "Value '"+value+"' not valid for preference 'time_zone': Not in timezone set.", "Value '"+value+"' is not a valid time zone selection.")
		}
	}
	for key := range wanted {
		if key == "time_zone" {
			u.TimeZone = wanted.text(key)
			continue
		}
		u.Preferences = withPreference(u.Preferences, key, wanted.text(key))
	}
	s.users[u.Username] = u
	return emptyReply(http.StatusNoContent)
}

// withPreference returns a copy with one preference set, or unset by "".
func withPreference(old map[string]string, key, value string) map[string]string {
	changed := map[string]string{}
	maps.Copy(changed, old)
	changed[key] = value
	if value == "" {
		delete(changed, key)
	}
	return changed
}

func (s *Server) putPreference(c call) reply {
	if c.user.Username != c.vars["username"] {
		return emptyReply(http.StatusForbidden)
	}
	var value string
	if json.Unmarshal(c.body, &value) != nil {
		return c.refuse(http.StatusBadRequest, "JSON parse error - Expecting value: line 1 column 1 (char 0)")
	}
	return s.setPreferences(c.user, jsonBody{c.vars["key"]: value})
}

func (s *Server) deletePreference(c call) reply {
	if c.user.Username != c.vars["username"] {
		return emptyReply(http.StatusForbidden)
	}
	if _, set := c.user.allPreferences()[c.vars["key"]]; !set {
		return emptyReply(http.StatusNotFound)
	}
	return s.setPreferences(c.user, jsonBody{c.vars["key"]: nil})
}

// zonesOf are time zones of some countries; the platform knows all.
var zonesOf = map[string][]string{
	"DE": {"Europe/Berlin", "Europe/Busingen"}, "ES": {"Africa/Ceuta", "Atlantic/Canary", "Europe/Madrid"}, "FR": {"Europe/Paris"},
	"GB": {"Europe/London"}, "IN": {"Asia/Kolkata"}, "JP": {"Asia/Tokyo"}, "UA": {"Europe/Kyiv"},
	"US": {"America/Chicago", "America/Denver", "America/Los_Angeles", "America/New_York", "Pacific/Honolulu"},
}

// listTimeZones lists the zones of a country, or of all countries that are known.
func (s *Server) listTimeZones(c call) reply {
	if s.is(VariantZoneList, "signed-in") {
		c.route = &route{auth: authAny}
		if refused, ok := s.authenticate(&c); !ok {
			return refused
		}
	}
	country := strings.ToUpper(c.query.Get("country_code"))
	var names []string
	for code, zones := range zonesOf {
		if country == "" || code == country {
			names = append(names, zones...)
		}
	}
	rows := []object{}
	for _, name := range slices.Sorted(slices.Values(names)) {
		local := s.now().In(testserver.LoadZone(name))
		rows = append(rows, object{{"time_zone", name}, {"description", name + local.Format(" (MST, UTC-0700)")}})
	}
	return jsonReply(http.StatusOK, rows)
}

// sortedNames are the keys of a map, in order.
func sortedNames[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
