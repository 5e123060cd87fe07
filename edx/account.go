package edx

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Account is what the platform tells about a user. It is personal data: printed
// or logged it shows nothing but its id. To a client that is neither staff nor
// the user, the platform shows Username and Privacy, and perhaps Country and
// Joined; every other field is then zero, Active too.
type Account struct {
	ID           int64 // 0 if not shown
	Username     string
	Name         string // one text, there is no first and last name
	VerifiedName string // as on the learner's document, "" if there is none
	Email        string
	Phone        string // as the learner wrote it; not checked
	Country      string // ISO 3166-1 alpha-2, such as "GB"
	State        string
	Active       bool   // false until the e-mail address is confirmed
	Privacy      string // all_users, private or custom
	Joined       time.Time
	// The learner's time zone is not here: see [PreferencesService.Get].

	LastLogin      time.Time // zero if not shown, or never
	YearOfBirth    int       // 0 if not told
	Gender         string    // m, f or o; "" if not told
	Education      string    // the platform's code for the level of education
	Bio            string
	Goals          string
	MailingAddress string
	SecondaryEmail string
	Languages      []string // codes, such as "en"
	NeedsConsent   bool     // of a parent
}

// String leaves out everything personal.
func (a Account) String() string { return fmt.Sprintf("edx.Account{ID: %d, %s}", a.ID, redacted) }

// Format leaves out everything personal, whatever the verb.
func (a Account) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// LogValue leaves out everything personal.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.String()) }

type accountWire struct {
	ID             intValue       `json:"id"`
	Username       textValue      `json:"username"`
	Name           textValue      `json:"name"`
	VerifiedName   textValue      `json:"verified_name"`
	Email          textValue      `json:"email"`
	Phone          textValue      `json:"phone_number"`
	Country        textValue      `json:"country"`
	State          textValue      `json:"state"`
	IsActive       flagValue      `json:"is_active"`
	Privacy        textValue      `json:"account_privacy"`
	Joined         timeValue      `json:"date_joined"`
	LastLogin      timeValue      `json:"last_login"`
	YearOfBirth    intValue       `json:"year_of_birth"`
	Gender         textValue      `json:"gender"`
	Education      textValue      `json:"level_of_education"`
	Bio            textValue      `json:"bio"`
	Goals          textValue      `json:"goals"`
	MailingAddress textValue      `json:"mailing_address"`
	SecondaryEmail textValue      `json:"secondary_email"`
	Languages      []languageWire `json:"language_proficiencies"`
	NeedsConsent   flagValue      `json:"requires_parental_consent"`
}

type languageWire struct {
	Code textValue `json:"code"`
}

func (w accountWire) missing() string {
	if w.Username == "" {
		return "username"
	}
	return ""
}

func (w accountWire) account() Account {
	a := Account{
		ID: int64(w.ID), Username: string(w.Username), Name: string(w.Name), VerifiedName: string(w.VerifiedName),
		Email: string(w.Email), Phone: string(w.Phone), Country: string(w.Country), State: string(w.State),
		Active: bool(w.IsActive), Privacy: string(w.Privacy), Joined: w.Joined.Time, LastLogin: w.LastLogin.Time,
		YearOfBirth: int(w.YearOfBirth), Gender: string(w.Gender), Education: string(w.Education),
		Bio: string(w.Bio), Goals: string(w.Goals), MailingAddress: string(w.MailingAddress),
		SecondaryEmail: string(w.SecondaryEmail), NeedsConsent: bool(w.NeedsConsent),
	}
	for _, language := range w.Languages {
		a.Languages = append(a.Languages, string(language.Code))
	}
	return a
}
