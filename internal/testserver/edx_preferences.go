package testserver

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

var preferenceRoutes = []edxRoute{
	{method: get, pattern: "/api/user/v1/preferences/time_zones/", auth: authNone, act: (*OpenEdX).listTimeZones},
	{method: get, pattern: "/api/user/v1/preferences/{username}", act: (*OpenEdX).getPreferences, short: "preferences"},
	{method: patch, pattern: "/api/user/v1/preferences/{username}", act: (*OpenEdX).updatePreferences},
	{method: get, pattern: "/api/user/v1/preferences/{username}/{key}", auth: authBearer, act: (*OpenEdX).getPreference},
	{method: put, pattern: "/api/user/v1/preferences/{username}/{key}", auth: authBearer, act: (*OpenEdX).putPreference},
	{method: remove, pattern: "/api/user/v1/preferences/{username}/{key}", auth: authBearer, act: (*OpenEdX).deletePreference},
}

// preferencesOf finds the user whose preferences the caller may read.
func (o *OpenEdX) preferencesOf(c edxCall) (u User, refused reply, ok bool) {
	u, found := o.users[c.vars["username"]]
	switch {
	case !c.user.Staff && c.user.Username != c.vars["username"] && o.is(OthersPreferences, "403"):
		return u, edxEmpty(http.StatusForbidden), false
	case !found || !c.user.Staff && c.user.Username != u.Username:
		return u, edxEmpty(http.StatusNotFound), false
	}
	return u, reply{}, true
}

// getPreferences answers a map of text to text.
func (o *OpenEdX) getPreferences(c edxCall) reply {
	u, refused, ok := o.preferencesOf(c)
	if !ok {
		return refused
	}
	all := u.allPreferences()
	answer := object{}
	for _, key := range sortedNames(all) {
		answer = append(answer, member{key, all[key]})
	}
	return edxJSON(http.StatusOK, answer)
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
func (o *OpenEdX) getPreference(c edxCall) reply {
	u, refused, ok := o.preferencesOf(c)
	if !ok {
		return refused
	}
	value, set := u.allPreferences()[c.vars["key"]]
	if !set {
		return edxEmpty(http.StatusNotFound)
	}
	return edxJSON(http.StatusOK, value)
}

// updatePreferences is a merge patch of the caller's own; null takes one away. It
// changes all or nothing.
func (o *OpenEdX) updatePreferences(c edxCall) reply {
	if c.contentType() != mergePatchType {
		_, refused, _ := c.json(mergePatchType)
		return refused
	}
	if c.user.Username != c.vars["username"] {
		return edxEmpty(http.StatusForbidden)
	}
	body, refused, ok := c.jsonObject(mergePatchType)
	if !ok {
		return refused
	}
	if len(body) == 0 {
		return edxJSON(http.StatusBadRequest, object{
			{"developer_message", "No data provided for user preference update"}, {"user_message", "No data provided for user preference update"},
		})
	}
	return o.setPreferences(c.user, body)
}

func (o *OpenEdX) setPreferences(u User, wanted edxBody) reply {
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
	o.users[u.Username] = u
	return edxEmpty(http.StatusNoContent)
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

func (o *OpenEdX) putPreference(c edxCall) reply {
	if c.user.Username != c.vars["username"] {
		return edxEmpty(http.StatusForbidden)
	}
	var value string
	if json.Unmarshal(c.body, &value) != nil {
		return c.refuse(http.StatusBadRequest, "JSON parse error - Expecting value: line 1 column 1 (char 0)")
	}
	return o.setPreferences(c.user, edxBody{c.vars["key"]: value})
}

func (o *OpenEdX) deletePreference(c edxCall) reply {
	if c.user.Username != c.vars["username"] {
		return edxEmpty(http.StatusForbidden)
	}
	if _, set := c.user.allPreferences()[c.vars["key"]]; !set {
		return edxEmpty(http.StatusNotFound)
	}
	return o.setPreferences(c.user, edxBody{c.vars["key"]: nil})
}

// zonesOf are time zones of some countries; the platform knows all.
var zonesOf = map[string][]string{
	"DE": {"Europe/Berlin", "Europe/Busingen"}, "ES": {"Africa/Ceuta", "Atlantic/Canary", "Europe/Madrid"}, "FR": {"Europe/Paris"},
	"GB": {"Europe/London"}, "IN": {"Asia/Kolkata"}, "JP": {"Asia/Tokyo"}, "UA": {"Europe/Kyiv"},
	"US": {"America/Chicago", "America/Denver", "America/Los_Angeles", "America/New_York", "Pacific/Honolulu"},
}

// listTimeZones lists the zones of a country, or of all countries that are known.
func (o *OpenEdX) listTimeZones(c edxCall) reply {
	if o.is(ZoneList, "signed-in") {
		c.route = &edxRoute{auth: authAny}
		if refused, ok := o.authenticate(&c); !ok {
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
		local := o.now().In(loadZone(name))
		rows = append(rows, object{{"time_zone", name}, {"description", name + local.Format(" (MST, UTC-0700)")}})
	}
	return edxJSON(http.StatusOK, rows)
}

// sortedNames are the keys of a map, in order.
func sortedNames[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
