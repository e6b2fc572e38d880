package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// maxTokensPerUser is Entra's limit: "up to five OATH hardware tokens or
// authenticator applications". Source: "Upload hardware OATH tokens".
const maxTokensPerUser = 5

// describeAssignment says why a token was not assigned. Graph documents no code
// for any reason, so each sentence rests on what was looked up.
func describeAssignment(e *graph.AssignmentError) string {
	held := e.Token != nil && e.Token.AssignedTo != nil
	switch {
	case held && e.SameUser:
		return describeSameHolder(e)
	case held:
		return fmt.Sprintf("was refused: the token (serial number %q, status %s) is assigned to %s, and a token has one holder.\n\n"+
			"Take it back from that user first, or give this user another token. "+
			"If it was this resource's own assignment, which create_before_destroy was to replace: take create_before_destroy away, so that the token is taken back before it is passed on.",
			e.Token.SerialNumber, e.Token.Status, holder(*e.Token.AssignedTo)) + said(e.Err)
	case e.TokenMissing:
		return fmt.Sprintf("was refused: there is no token with object id %q in the tenant's inventory. token_id is the id of an entra_hardware_oath_token and not its serial number. "+
			"Tokens that were uploaded as CSV in the portal can't be assigned with Microsoft Graph.", e.TokenID) + said(e.Err)
	case e.UserMissing:
		return "was refused: " + noSuchUser(e.UserID) + said(e.Err)
	case e.Disabled:
		return "was refused, and the tenant's authentication methods policy disables hardware OATH tokens. " +
			"Enable the method for this user (Entra admin center, Authentication methods, Policies, Hardware OATH tokens); that can take up to an hour to take effect." + said(e.Err)
	case e.Lost != nil:
		return fmt.Sprintf("may or may not have been carried out: the answer was lost (%v), and looking at the token did not settle it (%v).\n\n"+
			"Run terraform apply again: if the user has the token, the error will hold the import block for it.", e.Lost, e.Err)
	case graph.IsForbidden(e.Err):
		return describe(e.Err) + " Microsoft Graph may refuse the same way while the authentication methods policy does not allow this user hardware OATH tokens."
	default:
		return describeRefusedHolder(e)
	}
}

func describeSameHolder(e *graph.AssignmentError) string {
	return fmt.Sprintf("exists already: %s holds the token (serial number %q, status %s). This creation did not make the assignment, and has left it as it is.\n\n"+
		"To manage it here, add this block with this resource's own address, and apply:\n\n%s",
		holder(*e.Token.AssignedTo), e.Token.SerialNumber, e.Token.Status,
		importBlock(hardwareOathTokenAssignmentType, e.Token.AssignedTo.ID+"/"+e.Token.ID)) + said(e.Err)
}

// describeRefusedHolder names the rules that Graph may have applied, and the one
// that is known to be broken.
func describeRefusedHolder(e *graph.AssignmentError) string {
	text := strings.TrimPrefix(said(e.Err), "\n\n") + "\n\nThe token is free"
	if e.Methods >= 0 {
		text += " and the user exists"
	}
	text += ". "
	switch {
	case e.Methods >= maxTokensPerUser:
		text += fmt.Sprintf("But the user has %d hardware OATH tokens already, and Microsoft Entra allows %d, authenticator apps counted among them: take one back first.", e.Methods, maxTokensPerUser)
	case strings.Contains(strings.ToUpper(e.UserID), "#EXT#"):
		text += "But the user's name is that of a guest, and hardware OATH tokens can't be assigned to guests."
	default:
		count := ""
		if e.Methods >= 0 {
			count = fmt.Sprintf(" (this one has %d hardware OATH tokens)", e.Methods)
		}
		text += fmt.Sprintf("What is known to be refused: a guest; a user with %d OATH tokens and authenticator apps%s; a user whom the authentication methods policy does not allow hardware OATH tokens.", maxTokensPerUser, count)
	}
	return "was refused. " + text
}

// said is what Graph itself said, as a paragraph.
func said(err error) string {
	var answered *graph.Error
	if !errors.As(err, &answered) {
		return ""
	}
	return "\n\nMicrosoft Graph said: " + brief(answered)
}

// describeActivation tells a wrong seed from a wrong clock.
func describeActivation(e *graph.ActivationError) string {
	text := "was refused. "
	switch {
	case e.TokenMissing:
		return text + "The token is not in the tenant's inventory: it was uploaded as CSV in the portal, and has to be activated there." + said(e.Err)
	case e.Token.Status == graph.StatusActivated:
		return text + "The token is activated already, and was to get another name, which Microsoft Graph takes with an activation alone. " +
			"Either the code was wrong (compare secret_key_wo with the vendor's file, or read a new code off the token), or the tenant does not activate a token twice: " +
			"then leave display_name out, and let the person rename the token in Security info." + said(e.Err)
	case !e.Computed:
		text += "The verification code is not one that the token shows now. Read a new code off the token and apply again: a code is used once. " +
			"Microsoft Entra lets a token's clock be off by a day (by two where a code lasts 60 seconds), so if a fresh code is refused too, the seed in the tenant is another token's."
	case e.ClockKnown:
		text += fmt.Sprintf("%s from the configured seed, with the token's own interval (%d seconds) and hash function (%s) as Microsoft Graph lists them, and by Microsoft Graph's own clock. "+
			"So the clock is not the reason (this machine's is %s, and played no part): the seed is most likely not the one that the tenant has for this token. Compare secret_key_wo with the vendor's file, by the serial number.",
			codes(e.Refusals), e.Token.TimeIntervalInSeconds, e.Token.HashFunction, ahead(e))
	default:
		text += fmt.Sprintf("%s from the configured seed, with the token's own interval (%d seconds) and hash function (%s), but by this machine's clock, since Microsoft Graph's answers bore no Date. "+
			"First check this machine's clock; if it is right, the seed is most likely not the one that the tenant has for this token.",
			codes(e.Refusals), e.Token.TimeIntervalInSeconds, e.Token.HashFunction)
	}
	text += fmt.Sprintf("\n\nThe user keeps the token, with status %s. A tenant may refuse every code after a failed one until the token is taken back and assigned again: terraform apply -replace=ADDRESS, with the address of its assignment.", statusText(e.Token.Status))
	return text + said(e.Err)
}

// describeNotHeld says who has the token instead, or what does not exist.
func describeNotHeld(e *graph.NotHeldError) string {
	text := "was not tried: "
	switch {
	case e.UserMissing:
		text += noSuchUser(e.UserID)
	case e.TokenMissing:
		text += fmt.Sprintf("the user does not have the token, and there is no token with object id %q in the tenant's inventory. "+
			"token_id is the id of an entra_hardware_oath_token and not its serial number.", e.TokenID)
	case e.Token == nil:
		text += "the user does not have the token. An assignment that is a moment old may take a while to show."
	case e.Token.AssignedTo == nil:
		text += fmt.Sprintf("the user does not have the token (serial number %q): nobody has it now. Assign it first.", e.Token.SerialNumber)
	case strings.EqualFold(e.Token.AssignedTo.ID, e.UserID):
		text += fmt.Sprintf("the token (serial number %q) is assigned to the user and does not show among the user's methods yet. Try again in a minute.", e.Token.SerialNumber)
	default:
		text += fmt.Sprintf("the user does not have the token (serial number %q): %s.", e.Token.SerialNumber, holderNow(*e.Token))
	}
	return text + said(e.Err)
}

// noSuchUser is a sentence without its first capital.
func noSuchUser(userID string) string {
	return fmt.Sprintf("Microsoft Graph knows no user %q in this tenant. user_id is an object id or a user principal name. "+
		"A user who was created a moment ago may take a while to show.", userID)
}

func statusText(status string) string {
	if status == "" {
		return "unknown"
	}
	return status
}

func codes(n int) string {
	if n == 1 {
		return "1 code was computed"
	}
	return fmt.Sprintf("%d codes, of different time steps, were computed", n)
}

func ahead(e *graph.ActivationError) string {
	switch seconds := int(e.Ahead.Seconds()); {
	case seconds > 1:
		return fmt.Sprintf("%d s fast", seconds)
	case seconds < -1:
		return fmt.Sprintf("%d s slow", -seconds)
	default:
		return "right"
	}
}
