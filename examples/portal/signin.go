package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	cookieName  = "portal"
	sessionLife = 12 * time.Hour
)

// home is the first page: whoever has not signed in chooses who to be.
func (p *portal) home(v *visit) error {
	switch {
	case v.person == nil:
		return v.show(http.StatusOK, "signin", "Who are you today?", p.People)
	case v.person.Staff:
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
	http.SetCookie(v.w, p.cookie(v.r, p.sign(p.People[i].Username, p.clock.Now().Add(sessionLife)), int(sessionLife.Seconds())))
	return v.goTo("/")
}

func (p *portal) signOut(v *visit) error {
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

// sign returns the value of a session's cookie: who, until when, and a seal.
func (p *portal) sign(username string, until time.Time) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(username)) + "." + strconv.FormatInt(until.Unix(), 10)
	return text + "." + p.seal(text)
}

func (p *portal) seal(text string) string {
	mac := hmac.New(sha256.New, p.SessionKey)
	mac.Write([]byte("session\n" + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// signedIn returns who the request comes from, or nil.
func (p *portal) signedIn(r *http.Request) *person {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	i := strings.LastIndexByte(c.Value, '.')
	if i < 0 || !hmac.Equal([]byte(p.seal(c.Value[:i])), []byte(c.Value[i+1:])) {
		return nil
	}
	name, until, _ := strings.Cut(c.Value[:i], ".")
	username, err := base64.RawURLEncoding.DecodeString(name)
	seconds, wrong := strconv.ParseInt(until, 10, 64)
	if err != nil || wrong != nil || p.clock.Now().Unix() >= seconds {
		return nil
	}
	at := slices.IndexFunc(p.People, func(who person) bool { return who.Username == string(username) })
	if at < 0 {
		return nil
	}
	return &p.People[at]
}
