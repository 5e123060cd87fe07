package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

const (
	cookieName  = "portal"
	sessionLife = 12 * time.Hour
)

// home is the first page: whoever has not signed in chooses who to be.
func (p *portal) home(v *visit) error {
	switch {
	case v.ByLink():
	case v.Person == nil:
		return v.show(http.StatusOK, "signin", "Who are you today?", p.People)
	case v.Person.Staff:
		return v.goTo("/staff")
	}
	return p.examsPage(v)
}

// signIn begins a session. It asks for no password: this is a demonstration, and the
// page says so.
func (p *portal) signIn(v *visit) error {
	i := slices.IndexFunc(p.People, func(who person) bool { return who.Username == v.r.PostFormValue("who") })
	if i < 0 {
		return errBadForm
	}
	p.begins(v, p.People[i].Username, "")
	return v.goTo("/")
}

// begins begins a session: of who chose a name, or of who came by the link of an attempt.
func (p *portal) begins(v *visit, username string, attempt backend.AttemptID) {
	http.SetCookie(v.w, p.cookie(v.r, p.sign(username, attempt, p.clock.Now().Add(sessionLife)), int(sessionLife.Seconds())))
}

// signOut ends the session, and makes the browser unknown to the gate, too: whoever uses it
// next would be let in as the learner.
func (p *portal) signOut(v *visit) error {
	openedx.SignOut(v.w, v.r)
	http.SetCookie(v.w, p.cookie(v.r, "", -1))
	return v.goTo("/")
}

// cookie is out of reach of scripts, and of other sites' forms. On loopback there is
// no TLS; everywhere else it is for TLS alone.
func (p *portal) cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || !p.Demo,
	}
}

// sign returns the value of a session's cookie: who, for which attempt, until when, and a
// seal. None of them has a dot.
func (p *portal) sign(username string, attempt backend.AttemptID, until time.Time) string {
	text := fmt.Sprintf("%s.%s.%d", base64.RawURLEncoding.EncodeToString([]byte(username)), attempt, until.Unix())
	return text + "." + p.seal(text)
}

func (p *portal) seal(text string) string {
	mac := hmac.New(sha256.New, p.SessionKey)
	mac.Write([]byte("session\n" + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// signedIn returns who the request comes from: a person, or the attempt whose link led
// here, and since when. Both are empty for nobody.
func (p *portal) signedIn(r *http.Request) (who *person, attempt backend.AttemptID, since time.Time) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil, "", since
	}
	parts := strings.Split(c.Value, ".")
	if len(parts) != 4 || !hmac.Equal([]byte(p.seal(strings.Join(parts[:3], "."))), []byte(parts[3])) {
		return nil, "", since
	}
	username, err := base64.RawURLEncoding.DecodeString(parts[0])
	seconds, wrong := strconv.ParseInt(parts[2], 10, 64)
	if until := time.Unix(seconds, 0); err == nil && wrong == nil && p.clock.Now().Before(until) {
		since, attempt = until.Add(-sessionLife), backend.AttemptID(parts[1])
	}
	at := slices.IndexFunc(p.People, func(who person) bool { return who.Username == string(username) })
	if at >= 0 && attempt == "" && !since.IsZero() {
		who = &p.People[at]
	}
	return who, attempt, since
}
