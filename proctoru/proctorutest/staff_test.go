package proctorutest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

func TestEditInstitutionalUser(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	save := func(more ...string) answer {
		return w.post("editInstitutionalUser", append([]string{
			"user_password", "Secret-1", "first_name", "Grace", "last_name", "Example", "address1", "1 Main St", "city", "Boston", "state", "MA",
			"country", "US", "zipcode", "02101", "phone1", "6175550100", "email", "grace@example.org", "time_zone_id", "Eastern Standard Time",
			"role", "administrator",
		}, more...)...)
	}
	if got, want := save().body, `"data":{"userinstitution":"Example University"}}`; !strings.HasSuffix(got, want) {
		t.Errorf("answer = %s, want it to end in %s", got, want)
	}
	if got := save("user_password", "", "role", "instructor", "phone1", ""); got.String() != "1" {
		t.Errorf("second time, without a password = %v", got)
	}
	for want, more := range map[string][]string{
		"TimeZone not found.": {"time_zone_id", "America/New_York"},
		"role invalid":        {"role", "owner"},
		"email required":      {"email", ""},
	} {
		if got := save(more...).text(); got != want {
			t.Errorf("%v = %q, want %q", more, got, want)
		}
	}
	user, known := w.fake.InstitutionalUser("grace@example.org")
	if !known || user["role"] != "instructor" || user["phone1"] != "6175550100" || user["zipcode"] != "02101" || user["user_password"] != "" {
		t.Errorf("user = %v, %v; want an instructor with the phone of the first call, and no password", user, known)
	}
	if _, known := w.fake.InstitutionalUser("nobody@example.org"); known {
		t.Error("nobody is known")
	}
}

// It takes no time_sent, and its token stands beside the data.
func TestOAuthToken(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(proctorutest.VariantTimeSentTolerance, "absent-is-stale")
	got := w.sendBody(http.MethodPost, "smarter_services/oauth_token", "application/x-www-form-urlencoded", "")
	if got.String() != "1" || keys(got.members) != "message oauth_token response_code time_sent" || got.members["oauth_token"] == "" {
		t.Errorf("answer = %s", got.body)
	}
	w.token = "another"
	if got := w.post("smarter_services/oauth_token"); got.text() != "Invalid Authorization-Token" {
		t.Errorf("with another key = %v", got)
	}
}
