// The gateway's way back to the shop: the result form sends itself, as the real gateway's does.
document.getElementById("result").submit();
