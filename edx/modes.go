package edx

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// Mode is how a learner takes a course: what was paid, and what can be earned. A
// mode that is not listed here is kept as it is.
type Mode string

// The modes that the platform knows today.
const (
	Audit                    Mode = "audit"                      // free, no certificate
	Honor                    Mode = "honor"                      // free, unverified certificate
	Verified                 Mode = "verified"                   // paid, identity checked
	Professional             Mode = "professional"               // paid, identity checked, no free track
	NoIDProfessional         Mode = "no-id-professional"         // as Professional, identity not checked
	Credit                   Mode = "credit"                     // academic credit on top of Verified
	Masters                  Mode = "masters"                    // part of a degree
	ExecutiveEducation       Mode = "executive-education"        // run by a partner
	PaidExecutiveEducation   Mode = "paid-executive-education"   // as ExecutiveEducation, paid
	UnpaidExecutiveEducation Mode = "unpaid-executive-education" // as ExecutiveEducation, not paid
	PaidBootcamp             Mode = "paid-bootcamp"              // a bootcamp, paid
	UnpaidBootcamp           Mode = "unpaid-bootcamp"            // a bootcamp, not paid
)

// ModesService reads and changes which modes a course offers. The client must be
// global staff. To see what a learner can choose from, no rights are needed:
// call [EnrollmentsService.CourseDetails].
type ModesService struct{ core *core }

// CourseMode is one mode that a course offers.
type CourseMode struct {
	Mode     Mode      // which mode
	Name     string    // shown to learners
	MinPrice string    // decimal text: "49" or, from some releases of the course modes API, "49.00"
	Currency string    // lower case, such as "usd"
	Expires  time.Time // when enrolling in it ends, UTC; zero if it does not

	SuggestedPrices []string  // decimal text; only from the enrollment API
	ExpiresByHand   bool      // Expires was set by somebody, not by the course's dates; only from [ModesService]
	Description     string    // plain text; may be empty
	SKU, BulkSKU    string    // in the shop
	Problem         *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

// modeWire is the platform's other shape of a mode, that of the course modes API.
type modeWire struct {
	row
	Slug          textValue `json:"mode_slug"`
	Name          textValue `json:"mode_display_name"`
	MinPrice      textValue `json:"min_price"` // text, or in some releases a number
	Currency      textValue `json:"currency"`
	Expires       timeValue `json:"expiration_datetime"`
	ExpiresByHand flagValue `json:"expiration_datetime_is_explicit"`
	Description   textValue `json:"description"`
	SKU           textValue `json:"sku"`
	BulkSKU       textValue `json:"bulk_sku"`
}

// CreateModeParams is a new mode of a course.
type CreateModeParams struct {
	Mode        Mode      // required
	Name        string    // required, shown to learners
	Currency    string    // required: three letters, such as "usd"
	MinPrice    string    // a whole number, such as "49" or "49.00": the platform takes no cents; "" is free
	Expires     time.Time // when enrolling in it ends; zero is never
	Description string    // plain text; "" is none
	SKU         string    // in the shop; "" is none
	BulkSKU     string    // in the shop, for many seats; "" is none
}

// UpdateModeParams are the parameters of [ModesService.Update]. A nil pointer, ""
// and the zero time leave things as they are. The platform lets nobody empty a text or
// take away an expiry: a [*proctorbook.ValidationError] says so before anything is sent.
type UpdateModeParams struct {
	Name        string    // shown to learners; "" leaves it
	Currency    string    // three letters, such as "usd"
	MinPrice    string    // a whole number, such as "49" or "49.00": the platform takes no cents
	Expires     time.Time // when enrolling in it ends; zero leaves it
	NeverExpire bool      // always refused: set a time that is far away, or make the mode anew
	Description *string   // plain text, not empty
	SKU         *string   // in the shop, not empty
	BulkSKU     *string   // in the shop, for many seats; not empty
}

// List returns the modes of a course, those that have expired included. An
// unknown course has none.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden] if the client is not global staff.
//
// Endpoint: GET /api/course_modes/v1/courses/{course}/.
func (s *ModesService) List(ctx context.Context, course CourseKey) ([]CourseMode, error) {
	return fetchList(ctx, s.core, operation{name: "Modes.List", input: checkCourse(course), path: modesPath(course)}, modeWire.mode)
}

// Get returns one mode of a course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if the course does not have that mode, and with [ErrForbidden] if
// the client is not global staff.
//
// Endpoint: GET /api/course_modes/v1/courses/{course}/{mode}.
func (s *ModesService) Get(ctx context.Context, course CourseKey, mode Mode) (*CourseMode, error) {
	answer, err := fetch[modeWire](ctx, s.core, operation{name: "Modes.Get", input: all(checkCourse(course), checkMode(mode)), path: modesPath(course) + pathPart(string(mode))})
	if err != nil {
		return nil, err
	}
	found := answer.mode()
	return &found, nil
}

// Create adds a mode to a course. Learners may be refused it for another minute,
// for which the platform keeps the list of modes.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// status 400 and the platform's words in Error.Fields, and with [ErrForbidden] if
// the client is not global staff.
//
// Endpoint: POST /api/course_modes/v1/courses/{course}/.
func (s *ModesService) Create(ctx context.Context, course CourseKey, params CreateModeParams) (*CourseMode, error) {
	answer, err := fetch[modeWire](ctx, s.core, operation{
		name: "Modes.Create", input: all(checkCourse(course), params.check()),
		method: http.MethodPost, class: proctorbook.Write, path: modesPath(course),
		body: params.body(course), refusals: []int{http.StatusBadRequest},
	})
	if err != nil {
		return nil, err
	}
	made := answer.mode()
	return &made, nil
}

// Update changes a mode of a course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if the course does not have that mode, with status 400 and the
// platform's words in Error.Fields, and with [ErrForbidden] if the client is not
// global staff.
//
// Endpoint: PATCH /api/course_modes/v1/courses/{course}/{mode}.
func (s *ModesService) Update(ctx context.Context, course CourseKey, mode Mode, params UpdateModeParams) error {
	return perform(ctx, s.core, operation{
		name: "Modes.Update", input: all(checkCourse(course), checkMode(mode), params.check()),
		method: http.MethodPatch, class: proctorbook.IdempotentWrite, patch: true,
		path: modesPath(course) + pathPart(string(mode)), body: params.body(), refusals: []int{http.StatusBadRequest},
	})
}

// Delete takes a mode from a course. Who is enrolled in it stays so.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if the course does not have that mode, and with [ErrForbidden] if
// the client is not global staff.
//
// Endpoint: DELETE /api/course_modes/v1/courses/{course}/{mode}.
func (s *ModesService) Delete(ctx context.Context, course CourseKey, mode Mode) error {
	return perform(ctx, s.core, operation{
		name: "Modes.Delete", input: all(checkCourse(course), checkMode(mode)),
		method: http.MethodDelete, class: proctorbook.IdempotentWrite,
		path: modesPath(course) + pathPart(string(mode)),
	})
}

func modesPath(course CourseKey) string { return "/api/course_modes/v1/courses/" + course.path() + "/" }

func (p CreateModeParams) check() faults {
	return all(
		checkMode(p.Mode), checkText("name", p.Name, maxKeyChars), checkCurrency(p.Currency), checkPrice(p.MinPrice), checkBlank("name", filled(p.Name)),
		checkBlank("description", filled(p.Description)), checkBlank("sku", filled(p.SKU)), checkBlank("bulk sku", filled(p.BulkSKU)),
	)
}

func (p CreateModeParams) body(course CourseKey) map[string]any {
	body := map[string]any{
		"course_id": course, "mode_slug": p.Mode, "mode_display_name": p.Name, "currency": p.Currency,
	}
	setMember(body, "min_price", p.MinPrice)
	setMember(body, "description", p.Description)
	setMember(body, "sku", p.SKU)
	setMember(body, "bulk_sku", p.BulkSKU)
	if !p.Expires.IsZero() {
		body["expiration_datetime"] = p.Expires.UTC()
	}
	return body
}

func (p UpdateModeParams) check() faults {
	found := all(
		checkOptional("name", p.Name, maxKeyChars), checkBlank("name", filled(p.Name)), checkPrice(p.MinPrice),
		checkBlank("description", p.Description), checkBlank("sku", p.SKU), checkBlank("bulk sku", p.BulkSKU),
	)
	if p.NeverExpire {
		return append(found, invalid("never expire", "must not be set, the platform refuses it: set Expires to a time that is far away")...)
	}
	if p.Currency != "" {
		found = append(found, checkCurrency(p.Currency)...)
	}
	if len(p.body()) == 0 {
		found = append(found, invalid("params", "must change something")...)
	}
	return found
}

func (p UpdateModeParams) body() map[string]any {
	body := map[string]any{}
	setMember(body, "mode_display_name", p.Name)
	setMember(body, "currency", p.Currency)
	setMember(body, "min_price", p.MinPrice)
	setPointer(body, "description", p.Description)
	setPointer(body, "sku", p.SKU)
	setPointer(body, "bulk_sku", p.BulkSKU)
	if !p.Expires.IsZero() {
		body["expiration_datetime"] = p.Expires.UTC()
	}
	return body
}

// filled is nil for a text that is not sent.
func filled(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// checkBlank refuses a text of which the platform says that it may not be blank.
func checkBlank(field string, text *string) faults {
	if text != nil && strings.TrimSpace(*text) == "" {
		return invalid(field, "must not be blank: the platform lets nobody empty it")
	}
	return nil
}

func checkCurrency(currency string) faults {
	if len(currency) != 3 || strings.Trim(strings.ToLower(currency), "abcdefghijklmnopqrstuvwxyz") != "" {
		return invalid("currency", "must be three letters, such as usd")
	}
	return nil
}

// checkPrice refuses cents too: the platform keeps whole numbers.
func checkPrice(price string) faults {
	whole, cents, cut := strings.Cut(price, ".")
	if price != "" && (!isDecimal(whole) || len(whole) > 6 || cut && (len(cents) < 1 || len(cents) > 2 || strings.Trim(cents, "0") != "")) {
		return invalid("price", "must be a whole number, such as 49 or 49.00: the platform takes no cents")
	}
	return nil
}

func (w modeWire) missing() string {
	if w.Slug == "" {
		return "mode_slug"
	}
	return ""
}

func (w modeWire) mode() CourseMode {
	return CourseMode{
		Mode: Mode(w.Slug), Name: string(w.Name), MinPrice: string(w.MinPrice), Currency: string(w.Currency),
		Expires: w.Expires.Time, ExpiresByHand: bool(w.ExpiresByHand),
		Description: string(w.Description), SKU: string(w.SKU), BulkSKU: string(w.BulkSKU), Problem: w.problem,
	}
}

// checkMode refuses what can't be the slug of a mode.
func checkMode(mode Mode) faults {
	if !isSlug(string(mode)) || mode == "." || mode == ".." {
		return invalid("mode", "must be a slug, such as verified")
	}
	return nil
}
