package edx

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"golang.org/x/oauth2"
)

// sourceFetch takes credentials from the caller's own source. They are never
// fresh, so that the source is asked for each call and decides itself.
func sourceFetch(source oauth2.TokenSource) func(context.Context) (credential, error) {
	return func(context.Context) (credential, error) {
		token, err := source.Token()
		switch {
		case err != nil:
			return credential{}, sourceFailure(err)
		case token == nil || token.AccessToken == "":
			return credential{}, quietError{text: "edx: the token source returned no token"}
		}
		return credential{header: newSecret(token.Type() + " " + token.AccessToken)}, nil
	}
}

func sourceFailure(err error) error {
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return quietError{"edx: the token source failed", []error{err}}
	}
	e := &SignInError{Status: http.StatusOK}
	if refused.Response != nil {
		e.Status = refused.Response.StatusCode
	}
	if isCode(refused.ErrorCode) {
		e.Code = refused.ErrorCode
	}
	return e
}

// quietError stands for foreign errors. errors.Is sees them, but neither the text
// nor errors.As does: they may hold a URL or a token.
type quietError struct {
	text string
	errs []error
}

func (e quietError) Error() string    { return e.text }
func (e quietError) GoString() string { return e.text }
func (e quietError) Is(target error) bool {
	return slices.ContainsFunc(e.errs, func(err error) bool { return errors.Is(err, target) })
}
