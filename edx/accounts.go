package edx

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// Account is what the platform tells about a user. It is personal data: printed
// or logged it shows nothing but its id. To a client that is neither staff nor
// the user, the platform shows Username and Privacy, and perhaps Country and
// Joined; every other field is then zero, Active too.
type Account struct {
	ID           int64     // 0 if not shown
	Username     string    // the name by which the platform and its APIs know the learner
	Name         string    // one text, there is no first and last name
	VerifiedName string    // as on the learner's document, "" if there is none
	Email        string    // "" if not shown
	Phone        string    // as the learner wrote it; not checked
	Country      string    // ISO 3166-1 alpha-2, such as "GB"
	State        string    // or province, as the learner chose it; "" if not told
	Active       bool      // false until the e-mail address is confirmed
	Privacy      string    // all_users, private or custom
	Joined       time.Time // when the account was made, UTC; zero if not shown
	// The learner's time zone is not here: see [PreferencesService.Get].

	LastLogin      time.Time // zero if not shown, or never
	YearOfBirth    int       // 0 if not told
	Gender         string    // m, f or o; "" if not told
	Education      string    // the platform's code for the level of education
	Bio            string    // free text about the learner
	Goals          string    // the learner's goals, in free words
	MailingAddress string    // postal address as one text
	SecondaryEmail string    // for recovery; "" if there is none
	Languages      []string  // codes, such as "en"
	NeedsConsent   bool      // of a parent

	Image       ProfileImage   // the learner's picture
	SocialLinks []SocialLink   // elsewhere on the net
	Extended    []ProfileField // what this platform asks for besides
	PendingName string         // the name that the learner has asked for and that was not confirmed yet; "" if there is none

	Problem *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

// String leaves out everything personal.
func (a Account) String() string { return fmt.Sprintf("edx.Account{ID: %d, %s}", a.ID, redacted) }

// Format leaves out everything personal, whatever the verb.
func (a Account) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// LogValue leaves out everything personal.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.String()) }

type accountWire struct {
	row
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
	Image          imageWire      `json:"profile_image"`
	SocialLinks    []socialWire   `json:"social_links"`
	Extended       []extendedWire `json:"extended_profile"`
	PendingName    textValue      `json:"pending_name_change"`
}

type imageWire struct {
	Has    flagValue `json:"has_image"`
	Full   textValue `json:"image_url_full"`
	Large  textValue `json:"image_url_large"`
	Medium textValue `json:"image_url_medium"`
	Small  textValue `json:"image_url_small"`
}

type socialWire struct {
	Platform textValue `json:"platform"`
	URL      textValue `json:"social_link"`
}

type extendedWire struct {
	Name  textValue `json:"field_name"`
	Value textValue `json:"field_value"`
}

// ProfileImage is the picture of a user in four sizes. Without one, the URLs lead to
// the platform's stand-in.
type ProfileImage struct {
	Own       bool   // the user has chosen it
	FullURL   string // the largest one
	LargeURL  string // smaller than FullURL
	MediumURL string // smaller than LargeURL
	SmallURL  string // the smallest one
}

// SocialLink is a page of the user elsewhere.
type SocialLink struct {
	Platform string // such as "linkedin"
	URL      string // of the page
}

// ProfileField is what a platform asks of its users besides the fields of [Account].
type ProfileField struct {
	Name  string // the platform's name for it
	Value string // what the user answered
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
		SecondaryEmail: string(w.SecondaryEmail), NeedsConsent: bool(w.NeedsConsent), Problem: w.problem,
		Image: w.Image.image(), PendingName: string(w.PendingName),
	}
	for _, language := range w.Languages {
		a.Languages = append(a.Languages, string(language.Code))
	}
	for _, link := range w.SocialLinks {
		a.SocialLinks = append(a.SocialLinks, SocialLink{Platform: string(link.Platform), URL: string(link.URL)})
	}
	for _, field := range w.Extended {
		a.Extended = append(a.Extended, ProfileField{Name: string(field.Name), Value: string(field.Value)})
	}
	return a
}

func (w imageWire) image() ProfileImage {
	return ProfileImage{
		Own: bool(w.Has), FullURL: string(w.Full), LargeURL: string(w.Large), MediumURL: string(w.Medium), SmallURL: string(w.Small),
	}
}

// Person is a user in brief, as in an attempt or an allowance. It is personal
// data: printed or logged it shows nothing but its id.
type Person struct {
	ID       int64     // 0 if not shown
	Username string    // the user name
	Email    string    // "" if not shown
	Problem  *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

// String leaves out everything personal.
func (p Person) String() string { return fmt.Sprintf("edx.Person{ID: %d, %s}", p.ID, redacted) }

// Format leaves out everything personal, whatever the verb.
func (p Person) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// LogValue leaves out everything personal.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.String()) }

type personWire struct {
	row
	ID       intValue  `json:"id"`
	Username textValue `json:"username"`
	Email    textValue `json:"email"`
}

func (w personWire) missing() string {
	if w.Username == "" {
		return "username"
	}
	return ""
}

func (w personWire) person() Person {
	return Person{ID: int64(w.ID), Username: string(w.Username), Email: string(w.Email), Problem: w.problem}
}

// AccountsService reads the accounts of learners.
type AccountsService struct{ core *core }

const accountsPath = "/api/user/v1/accounts"

// Me returns the user name of the client's own user.
//
// Endpoint: GET /api/user/v1/me.
func (s *AccountsService) Me(ctx context.Context) (string, error) {
	answer, err := fetch[accountWire](ctx, s.core, operation{name: "Accounts.Me", path: "/api/user/v1/me"})
	if err != nil {
		return "", err
	}
	return string(answer.Username), nil
}

// Get returns the account of a user. See [Account] for how much of it the client
// can see.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrUserUnknown] if there is no such user.
//
// Endpoint: GET /api/user/v1/accounts/{username}.
func (s *AccountsService) Get(ctx context.Context, username string) (*Account, error) {
	answer, err := fetch[accountWire](ctx, s.core, operation{
		name: "Accounts.Get", input: checkUsername(username),
		path: accountsPath + "/" + pathPart(username), empty404: ErrUserUnknown,
	})
	if err != nil {
		return nil, err
	}
	found := answer.account()
	return &found, nil
}

// List returns the accounts of up to 100 users, in any order. Users whom the
// platform does not know are left out.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrUserUnknown] if the platform knows none of them.
//
// Endpoint: GET /api/user/v1/accounts.
func (s *AccountsService) List(ctx context.Context, usernames []string) ([]Account, error) {
	return fetchList(ctx, s.core, operation{
		name: "Accounts.List", input: checkEach("usernames", usernames, checkUsername),
		path: accountsPath, empty404: ErrUserUnknown,
		query: url.Values{"username": {strings.Join(usernames, ",")}},
	}, accountWire.account)
}

// FindByEmail returns the account with an e-mail address.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrUserUnknown] if there is none, with [ErrNotFound] alone if its owner has had
// it deleted, with [ErrOtherUser] if the platform answers with another account, and
// with [ErrForbidden] if the client is not staff.
//
// Endpoint: GET /api/user/v1/accounts.
func (s *AccountsService) FindByEmail(ctx context.Context, email string) (*Account, error) {
	return s.find(ctx, "Accounts.FindByEmail", checkEmail(email), "email", email)
}

// FindByID returns the account with an id.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrUserUnknown] if there is none, with [ErrOtherUser] if the platform answers with
// another account, and with [ErrForbidden] if the client is not staff.
//
// Endpoint: GET /api/user/v1/accounts.
func (s *AccountsService) FindByID(ctx context.Context, id int64) (*Account, error) {
	return s.find(ctx, "Accounts.FindByID", checkID("user id", id), "lms_user_id", strconv.FormatInt(id, 10))
}

func (s *AccountsService) find(ctx context.Context, name string, input faults, param, value string) (*Account, error) {
	return findAccount(ctx, s.core, operation{name: name, input: input}, param, value)
}

// findAccount completes op, and sees to it that the account is the one that was
// looked for: a platform that does not know the parameter answers with the client's
// own one.
func findAccount(ctx context.Context, c *core, op operation, param, value string) (*Account, error) {
	op.path, op.query, op.empty404 = accountsPath, url.Values{param: {value}}, ErrUserUnknown
	account, err := fetchOne(ctx, c, op, accountWire.account)
	if err != nil {
		return nil, err
	}
	shown := account.Email
	if param == "lms_user_id" {
		shown = number(account.ID)
	}
	hidden := shown == "" || shown == "0"
	if !hidden && !strings.EqualFold(shown, value) {
		return nil, &Error{Op: op.name, Status: http.StatusOK, Reason: ErrOtherUser}
	}
	return account, nil
}

// SearchEmails returns which of up to 100 addresses have an account.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrNotFound] if the client is not staff.
//
// Endpoint: POST /api/user/v1/accounts/search_emails.
func (s *AccountsService) SearchEmails(ctx context.Context, emails []string) ([]Person, error) {
	return fetchList(ctx, s.core, operation{
		name: "Accounts.SearchEmails", input: checkEach("emails", emails, checkEmail),
		method: http.MethodPost, path: accountsPath + "/search_emails",
		body: map[string]any{"emails": emails},
	}, personWire.person)
}

// UpdateAccountParams are the parameters of [AccountsService.Update]. A nil
// pointer changes nothing.
type UpdateAccountParams struct {
	Name        *string   // 1 to 255 characters
	Country     *string   // ISO 3166-1 alpha-2, "" empties it
	State       *string   // "" empties it
	City        *string   // can be written, but never read
	Phone       *string   // digits, with a plus sign before them; "" empties it
	YearOfBirth *int      // 1900 to 2100
	Languages   *[]string // codes, such as "en"; all that there are
}

// Update changes the account of the client's own user. The platform lets nobody
// change the account of another user, not even staff. It returns the account as
// it then is.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// status 400 and the platform's words in Error.Fields, with [ErrForbidden] for
// another user, and with [ErrUserUnknown] if there is no such user.
//
// Endpoint: PATCH /api/user/v1/accounts/{username}.
func (s *AccountsService) Update(ctx context.Context, username string, params UpdateAccountParams) (*Account, error) {
	answer, err := fetch[accountWire](ctx, s.core, operation{
		name: "Accounts.Update", input: all(params.check(), checkUsername(username)),
		method: http.MethodPatch, class: proctorbook.IdempotentWrite, patch: true,
		path: accountsPath + "/" + pathPart(username), body: params.body(),
		empty404: ErrUserUnknown, refusals: []int{http.StatusBadRequest},
	})
	if err != nil {
		return nil, err
	}
	found := answer.account()
	return &found, nil
}

func (p UpdateAccountParams) check() faults {
	var found faults
	if p.Name != nil {
		found = append(found, checkText("name", *p.Name, maxKeyChars)...)
	}
	if p.YearOfBirth != nil {
		found = append(found, checkRange("year of birth", *p.YearOfBirth, 1900, 2100)...)
	}
	for _, f := range []struct {
		field string
		text  *string
	}{{"country", p.Country}, {"state", p.State}, {"city", p.City}, {"phone", p.Phone}} {
		if f.text != nil {
			found = append(found, checkOptional(f.field, *f.text, maxKeyChars)...)
		}
	}
	if len(p.body()) == 0 {
		return invalid("params", "must change something")
	}
	return found
}

func (p UpdateAccountParams) body() map[string]any {
	body := map[string]any{}
	setPointer(body, "name", p.Name)
	setPointer(body, "country", p.Country)
	setPointer(body, "state", p.State)
	setPointer(body, "city", p.City)
	setPointer(body, "phone_number", p.Phone)
	setPointer(body, "year_of_birth", p.YearOfBirth)
	if p.Languages != nil {
		languages := []map[string]string{}
		for _, code := range *p.Languages {
			languages = append(languages, map[string]string{"code": code})
		}
		body["language_proficiencies"] = languages
	}
	return body
}

// Verification is the state of the platform's check of a learner's identity.
type Verification struct {
	Verified bool      // the check was passed
	Status   string    // such as approved, submitted, denied, expired; others may come
	Expires  time.Time // UTC; zero if unknown
	Problem  *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

type verificationWire struct {
	row
	Verified *flagValue `json:"is_verified"`
	Status   textValue  `json:"status"`
	Expires  timeValue  `json:"expiration_datetime"`
}

// Verification returns whether the platform has checked the learner's identity.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if the learner has never tried, and with [ErrForbidden] if the
// client is neither the learner nor staff.
//
// Endpoint: GET /api/user/v1/accounts/{username}/verification_status/.
func (s *AccountsService) Verification(ctx context.Context, username string) (*Verification, error) {
	answer, err := fetch[verificationWire](ctx, s.core, operation{
		name: "Accounts.Verification", input: checkUsername(username),
		path: accountsPath + "/" + pathPart(username) + "/verification_status/",
	})
	if err != nil {
		return nil, err
	}
	return &Verification{
		Verified: answer.isVerified(), Status: string(answer.Status), Expires: answer.Expires.Time, Problem: answer.problem,
	}, nil
}

// isVerified goes by the status if the release is too old to send is_verified.
func (w verificationWire) isVerified() bool {
	if w.Verified == nil {
		return w.Status == "approved"
	}
	return bool(*w.Verified)
}

func (w verificationWire) missing() string {
	if w.Verified == nil && w.Status == "" {
		return "status"
	}
	return ""
}
